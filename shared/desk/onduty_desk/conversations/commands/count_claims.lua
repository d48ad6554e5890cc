-- Count what the operators on duty hold. Two short commands for each of up to 5,000 operators.
--
-- Returns { conversations, when the one held longest was claimed (ms), or 0 }.
local integer, isolate = require 'lua'
local keys = require 'model'

local MOST = 5000
local held, first = 0, nil

local function count(key)
  held = held + redis.call('ZCARD', key)
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  local at = tonumber(oldest[2])
  if at and (not first or at < first) then
    first = at
  end
end

for _, operator in ipairs(redis.call('ZRANGE', keys.on_duty, 0, MOST - 1)) do
  isolate.call(count, keys.claims .. operator)
end
return { held, first and integer(first) or '0' }
