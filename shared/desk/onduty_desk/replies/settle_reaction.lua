-- Write down what came of a reaction.
--
-- ARGV: chat, message, lease token, emoji or '', outcome: 'done', 'gone' (it can never be set), 'later' (no
-- other in this chat is set before), 'again' (counted: each pause is twice as long, and in the end it is
-- given up) or 'unknown' (the same, and Telegram may have taken it), pause in ms before that.
-- Returns 'given_up' then, else 'settled'.
--
-- A newer state is shown at once; a process whose lease has run out may have been overtaken by one that
-- shows an older reaction, so it is shown once more. So it is, a while later, after a try of which nobody
-- knows what became: Telegram may still be at that one.
local clock, integer = require 'lua'
local reactions = require 'replies'
local pace = require 'telegram'
local keys = require 'model'

local chat, message, token, emoji, outcome, pause_ms = unpack(ARGV)
local MOST_TRIES, LONGEST_PAUSE_MS, LATE_MS = 20, 600000, 30000
local place, now = chat .. ':' .. message, clock.ms()
local key = keys.reply .. place
local fields = redis.call('HMGET', key, 'state', 'reacting', 'late')
if not fields[1] then
  redis.call('ZREM', keys.reactions, place)
  return 'settled'
end
if fields[2] == token then
  redis.call('HDEL', key, 'reacting')
end

local function try_again()
  local at_ms = now + tonumber(pause_ms)
  if outcome == 'later' then
    pace.write_moment(keys.pace_reaction .. chat, at_ms * 1000, clock.us())
  else
    local tries = redis.call('HINCRBY', key, 'tries', 1)
    if tries >= MOST_TRIES then
      return false
    end
    at_ms = now + math.min(tonumber(pause_ms) * 2 ^ (tries - 1), LONGEST_PAUSE_MS)
  end
  redis.call('ZADD', keys.reactions, integer(at_ms), place)
  return true
end

if outcome == 'unknown' then
  redis.call('HSET', key, 'late', '1')
end
if outcome ~= 'done' and outcome ~= 'gone' and try_again() then
  return 'settled'
end
local may_come_late = outcome == 'done' and fields[3]
redis.call('HSET', key, 'shown', may_come_late and reactions.UNKNOWN or emoji)
redis.call('HDEL', key, 'tries')
if reactions.to(fields[1]) ~= emoji then
  redis.call('ZADD', keys.reactions, integer(now), place)
elseif may_come_late then
  redis.call('HDEL', key, 'late')
  redis.call('ZADD', keys.reactions, integer(now + LATE_MS), place)
elseif fields[2] == token then
  redis.call('ZREM', keys.reactions, place)
end
return (outcome == 'again' or outcome == 'unknown') and 'given_up' or 'settled'
