-- Updates, and keys of theirs, that cannot be used: each is set aside, so that it stops nobody.
local failed = require 'failures'
local clock, integer, isolate = require 'lua'
local keys = require 'model'

local odd_keys = {}

-- Keep what could not be handled in the failed list; only the newest stay, so that a bad day does not
-- fill it. `json` is that of an object.
local MOST_ASIDE = 1000
function odd_keys.set_aside(failure, json)
  isolate.call(failed.record_json, failure, json)
  isolate.call(function()
    redis.call('ZADD', keys.updates_aside, integer(clock.ms()), failure)
    redis.call('EXPIRE', keys.updates_aside, 90 * 86400)
    for _, oldest in ipairs(redis.call('ZRANGE', keys.updates_aside, 0, -MOST_ASIDE - 1)) do
      failed.remove(oldest)
    end
    redis.call('ZREMRANGEBYRANK', keys.updates_aside, 0, -MOST_ASIDE - 1)
  end)
end

-- Make sure that a key is of its type; says whether it was. What somebody else wrote there is put
-- aside for 30 days, so that it stops nobody.
function odd_keys.sound(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == wanted then
    return true
  end
  local aside = keys.wrong_type .. key
  redis.call('RENAME', key, aside)
  redis.call('EXPIRE', aside, 30 * 86400)
  local reason = key .. ' was a ' .. found .. ' instead of a ' .. wanted .. '; it is in ' .. aside
  odd_keys.set_aside('update-key-' .. key, cjson.encode({ kind = 'update', key = key, reason = reason }))
  return false
end

return odd_keys
