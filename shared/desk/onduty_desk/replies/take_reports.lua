-- Apply what the backend has reported of replies, in its order.
--
-- ARGV: most. Returns { how many there were, those that could not be read }.
local isolate = require 'lua'
local replies = require 'replies'
local keys, words = require 'model'

local MOST_BYTES = 800 -- of a reason: the client sends at most 200 characters
local KNOWN =
  { [words.reply_state.delivered] = true, [words.reply_state.read] = true, [words.reply_state.failed] = true }

-- Cut between two characters, so that it stays UTF-8.
local function shortened(reason)
  if #reason <= MOST_BYTES then
    return reason
  end
  return (string.gsub(string.sub(reason, 1, MOST_BYTES), '[\192-\255]?[\128-\191]*$', ''))
end

local function apply(entry)
  local reply_id, status, reason = unpack(cjson.decode(entry))
  if KNOWN[status] then
    replies.report(tostring(reply_id), status, shortened(tostring(reason or '')))
  end
end

local entries, broken = redis.call('LRANGE', keys.reports, 0, tonumber(ARGV[1]) - 1), {}
for _, entry in ipairs(entries) do
  local answer = isolate.call(apply, entry)
  if answer then
    table.insert(broken, answer)
  end
end
if #entries > 0 then
  redis.call('LTRIM', keys.reports, #entries, -1)
end
return { #entries, broken }
