-- Redis's clock, so that all processes agree; a script is one moment. Only tests set the offset.
local keys = require 'model'

local clock = {}

local began_us

function clock.begin()
  began_us = nil
end

function clock.us()
  if not began_us then
    local time = redis.call('TIME')
    local offset = redis.call('GET', keys.test_clock_offset)
    began_us = time[1] * 1000000 + time[2] + tonumber(offset or 0) * 1000
  end
  return began_us
end

function clock.ms()
  return math.floor(clock.us() / 1000)
end

-- Whether a moment is less than so long ago. One to come was written before the clock was set back:
-- nobody waits for it.
function clock.is_within(since_ms, span_ms)
  local age = clock.ms() - since_ms
  return age >= 0 and age < span_ms
end

return clock
