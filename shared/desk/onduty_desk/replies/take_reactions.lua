-- Take reactions that are due, each under a lease, as far as their budget allows.
--
-- ARGV: lease token, lease in ms, most, gap between two in µs.
-- Returns { ms until there is more to take or -1, those taken, each as { chat, message, emoji or '' },
-- errors of those that cannot be read: they are put off }.
local clock, integer, isolate = require 'lua'
local reactions = require 'replies'
local pace = require 'telegram'
local keys = require 'model'

local token, lease_ms, most, gap = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local BURST_US = 1000000 -- what an unused budget saves up
local EACH_CHAT_US = 250000
local AWAY_MS = 1000
local BROKEN_MS = 10000
local now, now_us = clock.ms(), clock.us()

if redis.call('HEXISTS', keys.telegram, 'away_since_ms') == 1 then
  return { integer(AWAY_MS), {}, {} }
end

local spent = math.max(now_us, pace.moment(keys.pace_reactions, now_us, BURST_US + gap))
local taken = {}
local function take(place)
  local fields = redis.call('HMGET', keys.reply .. place, 'state', 'shown')
  local emoji = reactions.to(fields[1])
  if not fields[1] or emoji == (fields[2] or '') then
    redis.call('ZREM', keys.reactions, place)
    return
  end
  local chat, message = string.match(place, '^(.+):(%d+)$')
  local free_us = pace.moment(keys.pace_reaction .. chat, now_us)
  if free_us > now_us then
    redis.call('ZADD', keys.reactions, integer(math.ceil(free_us / 1000)), place)
    return
  end
  pace.write_moment(keys.pace_reaction .. chat, now_us + EACH_CHAT_US, now_us)
  -- Until it is settled nobody knows what is shown: whoever is at it may die once Telegram has taken it.
  redis.call('HSET', keys.reply .. place, 'reacting', token, 'shown', reactions.UNKNOWN)
  redis.call('ZADD', keys.reactions, integer(now + lease_ms), place)
  spent = spent + gap
  table.insert(taken, { chat, message, emoji })
end

local wait_ms
local broken = {}
for _, place in ipairs(redis.call('ZRANGE', keys.reactions, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, most)) do
  if spent - now_us >= BURST_US then
    wait_ms = math.ceil((spent - now_us - BURST_US + gap) / 1000)
    break
  end
  local answer = isolate.call(take, place)
  if answer then
    redis.call('ZADD', keys.reactions, integer(now + BROKEN_MS), place)
    table.insert(broken, answer)
  end
end
pace.write_moment(keys.pace_reactions, spent, now_us)
local soonest = redis.call('ZRANGE', keys.reactions, 0, 0, 'WITHSCORES')[2]
wait_ms = wait_ms or soonest and math.max(0, tonumber(soonest) - now)
return { wait_ms and integer(wait_ms) or '-1', taken, broken }
