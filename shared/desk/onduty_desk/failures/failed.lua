-- The failed list: what was given up stays there until someone acts.
local clock, integer = require 'lua'
local keys = require 'model'

local failed = {}

-- What this call has recorded.
function failed.begin()
  failed.recorded = {}
end

-- Record a failure, once by its id. `json` is an object that gets its time here: decoded, its ids would
-- be rounded. Returns whether it is new.
function failed.record_json(failure, json)
  local now = integer(clock.ms())
  local is_new = redis.call('HSET', keys.failures, failure, string.sub(json, 1, -2) .. ',"at_ms":' .. now .. '}')
  redis.call('ZADD', keys.failed, now, failure)
  return is_new == 1
end

function failed.record(failure, fields)
  table.insert(failed.recorded, failure)
  return failed.record_json(failure, cjson.encode(fields))
end

-- A failure as it was recorded; or nil, and 'gone' or 'unusable'. `is_usable` judges its fields.
function failed.read(failure, is_usable)
  local json = redis.call('HGET', keys.failures, failure)
  if not json then
    return nil, 'gone'
  end
  local is_json, fields = pcall(cjson.decode, json)
  if not is_json or type(fields) ~= 'table' or not is_usable(fields) then
    return nil, 'unusable'
  end
  return fields
end

function failed.remove(failure)
  redis.call('HDEL', keys.failures, failure)
  redis.call('ZREM', keys.failed, failure)
end

return failed
