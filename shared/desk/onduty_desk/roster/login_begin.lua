-- Begin to sign in: from now on the next message is taken for the phrase, until the deadline.
--
-- ARGV: operator id, update id, time to finish in ms.
-- Returns { 'asked' }, { 'on_duty' } or { 'locked', until (ms), how long still (ms) }; the same
-- update once more returns the same and changes nothing.
local clock, integer, once = require 'lua'
local keys = require 'model'

local id, update, finish_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = once.decided(update)
if before then
  return before
end
if redis.call('EXISTS', keys.operator .. id) == 1 then
  return once.decide(update, { 'on_duty' })
end
local now = clock.ms()
local locked_until = tonumber(redis.call('GET', keys.lock .. id) or 0)
if locked_until > now then
  return once.decide(update, { 'locked', integer(locked_until), integer(locked_until - now) })
end
redis.call('SET', keys.login .. id, integer(now + finish_ms), 'PX', finish_ms)
return once.decide(update, { 'asked' })
