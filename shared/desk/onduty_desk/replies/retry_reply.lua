-- Have a reply sent again that stands in the failed list.
--
-- ARGV: failure id. Returns 'backend', 'unwanted' (nobody delivers events: it stays in the list),
-- 'expired', 'unusable', or 'gone' (somebody was faster).
local failed = require 'failures'
local replies = require 'replies'
local keys = require 'model'

local function is_usable(fields)
  return type(fields.reply) == 'string'
end

local failure, why_not = failed.read(ARGV[1], is_usable)
if not failure then
  return why_not
elseif redis.call('EXISTS', keys.events_wanted) == 0 then
  return 'unwanted'
end
local is_sent = replies.again_by_id(failure.reply)
failed.remove(ARGV[1])
if is_sent == nil then
  return 'expired'
end
return is_sent and 'backend' or 'gone'
