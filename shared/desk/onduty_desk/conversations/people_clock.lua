-- The clock of people: what an operator is given time for goes by it. It stands still while Telegram
-- is away or no bot reads.
local clock, integer = require 'lua'
local keys = require 'model'

local people_clock = {}

function people_clock.ms()
  local field = redis.call('HMGET', keys.clock, 'since_ms', 'stopped_ms')
  return tonumber(field[1] or clock.ms()) - tonumber(field[2] or 0)
end

-- For how long it has stood still in all: so much it is behind.
function people_clock.stopped_ms()
  return clock.ms() - people_clock.ms()
end

function people_clock.is_stopped()
  return redis.call('HEXISTS', keys.clock, 'since_ms') == 1
end

-- Whether nobody can be heard: since when, or nil. A bot says when it last read, by Redis's real
-- clock, which no test moves.
local UNHEARD_MS = 30000
local function unheard_since()
  local heard = tonumber(redis.call('GET', keys.heard))
  local time = redis.call('TIME')
  local silent_ms = heard and time[1] * 1000 + math.floor(time[2] / 1000) - heard
  return silent_ms and silent_ms > UNHEARD_MS and clock.ms() - silent_ms or nil
end

-- Let the clock of people stop or go on, as the world does. It goes on half a minute behind, so that
-- whoever was cut off has that long before anything happens; of half a minute that was not over yet
-- when it stopped again, only what was used is given anew: else it would go back with each outage.
local GRACE_MS = 30000
function people_clock.stop_or_go_on()
  local field, now = redis.call('HMGET', keys.clock, 'since_ms', 'went_on_ms'), clock.ms()
  local since, went_on = tonumber(field[1]), tonumber(field[2] or '-inf')
  local away = redis.call('HMGET', keys.telegram, 'is_confirmed', 'away_since_ms')
  local stopped = tonumber(away[1] and away[2] or unheard_since())
  if stopped and not since then
    redis.call('HSET', keys.clock, 'since_ms', integer(math.max(stopped, went_on)))
  elseif since and not stopped then
    redis.call('HDEL', keys.clock, 'since_ms')
    local stood_ms = math.max(0, now - since) + math.min(GRACE_MS, since - went_on)
    redis.call('HINCRBY', keys.clock, 'stopped_ms', integer(stood_ms))
    redis.call('HSET', keys.clock, 'went_on_ms', integer(now))
  end
  return stopped
end

return people_clock
