-- By which fingerprints each group's phrase is known. A fingerprint has the bot's token as its key, so with a
-- new token the same phrase has another one; whoever came in by an older one stays.
local keys = require 'model'

local phrases = {}

local MOST = 50 -- newest ones; a token changes a few times a year

local function read(group)
  local json = redis.call('HGET', keys.phrases, group)
  return json and cjson.decode(json) or {}
end

local function has(list, one)
  for _, other in ipairs(list or {}) do
    if other == one then
      return true
    end
  end
  return false
end

-- Note that a group's phrase, which has this check, has this fingerprint. Of another phrase than before all
-- that was known is forgotten. Returns the phrase's fingerprints.
function phrases.recognise(group, check, fingerprint)
  local before = read(group)
  local known = before.check == check and before.fingerprints or {}
  if not has(known, fingerprint) then
    table.insert(known, fingerprint)
    if #known > MOST then
      table.remove(known, 1)
    end
    redis.call('HSET', keys.phrases, group, cjson.encode({ check = check, fingerprints = known }))
  end
  return known
end

-- Whether a group's phrase is known by this fingerprint.
function phrases.is_known(group, fingerprint)
  return has(read(group).fingerprints, fingerprint)
end

-- Forget all groups but these.
function phrases.keep(groups)
  for _, group in ipairs(redis.call('HKEYS', keys.phrases)) do
    if not groups[group] then
      redis.call('HDEL', keys.phrases, group)
    end
  end
end

return phrases
