-- While the desk pauses: whose turn it is to ask Telegram whether it is back.
--
-- ARGV: for how long in ms nobody else asks.
-- Returns 0 when this process is to ask now, the ms until somebody is to, or -1: nothing pauses.
local clock, integer = require 'lua'
local reach = require 'telegram'
local keys = require 'model'

local field = redis.call('HMGET', keys.telegram, 'away_since_ms', 'probe_at_ms')
if not field[1] then
  return -1
end
local wait = tonumber(field[2]) - clock.ms()
if wait > 0 and wait <= reach.LONGEST_PROBE_MS then -- further ahead, Redis's clock was set back
  return math.ceil(wait)
end
redis.call(
  'HSET',
  keys.telegram,
  'probe_at_ms',
  integer(clock.ms() + tonumber(ARGV[1])),
  'probed_ms',
  integer(clock.ms())
)
return 0
