-- How long customers waited for the last claims in a group.
local clock, integer = require 'lua'
local keys = require 'model'

local claim_times = {}

local MOST, OF_LATE_MS = 20, 3600000

-- Somebody has claimed one that waited for so long.
function claim_times.note(group, waited_ms)
  local key = keys.claim_times .. group
  redis.call('LPUSH', key, integer(clock.ms()) .. ' ' .. integer(math.max(0, waited_ms)))
  redis.call('LTRIM', key, 0, MOST - 1)
  redis.call('PEXPIRE', key, OF_LATE_MS)
end

-- What is typical (the median) of the last claims within an hour, in ms; nil if there were none.
function claim_times.typical_ms(group)
  local times = {}
  for _, entry in ipairs(redis.call('LRANGE', keys.claim_times .. group, 0, -1)) do
    local at, waited_ms = string.match(entry, '^(%d+) (%d+)$')
    if at and clock.is_within(tonumber(at), OF_LATE_MS) then
      table.insert(times, tonumber(waited_ms))
    end
  end
  table.sort(times)
  return times[math.ceil(#times / 2)]
end

return claim_times
