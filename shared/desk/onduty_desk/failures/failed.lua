-- The failed list: what was given up stays there until someone acts.
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local keys = require 'model/keys'

local failed = {}

-- Keep what was given up in the failed list, where it stays until someone acts.
failed.recorded = {}
function failed.record(failure, fields)
  local now = clock.ms()
  fields.at_ms = now
  redis.call('HSET', keys.failures, failure, cjson.encode(fields))
  redis.call('ZADD', keys.failed, integer(now), failure)
  table.insert(failed.recorded, failure)
end

return failed
