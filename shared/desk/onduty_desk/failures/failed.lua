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

local function is_about(json, id)
  local is_json, fields = pcall(cjson.decode, json)
  if not is_json or type(fields) ~= 'table' then
    return false
  end
  local message, event = fields.message, fields.event
  return fields.conversation == id
    or type(message) == 'table' and message.conversation_id == id
    or type(event) == 'table' and event.conversation_id == id
end

-- Remove whatever is about a conversation.
local A_PAGE = 200
function failed.forget(id)
  local failures = redis.call('HKEYS', keys.failures)
  for from = 1, #failures, A_PAGE do
    local page = { unpack(failures, from, math.min(from + A_PAGE - 1, #failures)) }
    for i, json in ipairs(redis.call('HMGET', keys.failures, unpack(page))) do
      if json and is_about(json, id) then
        failed.remove(page[i])
      end
    end
  end
end

return failed
