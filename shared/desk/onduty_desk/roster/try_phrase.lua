-- Judge one message of somebody who may be signing in. Wrong tries are counted by update, so that
-- one handled twice counts once, and beyond the end of a login, so that beginning anew buys none.
--
-- ARGV: operator id, update id, '1' if the message is a phrase, most wrong tries, lock in ms, who it
-- is, for the admins, as JSON, and what else it is meant for: 'card', a reply to one, which is never a wrong
-- try; 'find', which is none on duty; or nothing.
-- Returns { 'on_duty' } (and giving no phrase), { 'no_login' }, { 'right' }, { 'wrong', tries left }, { 'later' } (not
-- compared: too many strangers guess), or { 'locked', until (ms), how long still (ms), '1' if by this
-- very try }; the same update once more returns the same and changes nothing. A right phrase ends the
-- login by signing in.
local clock, integer, once = require 'lua'
local guessing = require 'roster'
local keys = require 'model'

local id, update, is_right = ARGV[1], ARGV[2], ARGV[3] == '1'
local most, lock_ms, who, meant_for = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
local login, tries, lock = keys.login .. id, keys.wrong_tries .. id, keys.lock .. id
local before = once.decided(update)
if before then
  return before
end
local now = clock.ms()
local has_login = tonumber(redis.call('GET', login) or 0) > now
if redis.call('EXISTS', keys.operator .. id) == 1 and (meant_for ~= '' or not has_login) then
  return once.decide(update, { 'on_duty' })
end
if meant_for == 'card' and not is_right then
  return once.decide(update, { 'no_login' })
end
local locked_until = tonumber(redis.call('GET', lock) or 0)
if locked_until > now then
  return once.decide(update, { 'locked', integer(locked_until), integer(locked_until - now), '0' })
end
if not has_login then
  return once.decide(update, { 'no_login' })
end
if not guessing.is_compared('sign-in', id) then
  return once.decide(update, { 'later' })
end
if is_right then
  return once.decide(update, { 'right' })
end
guessing.note_wrong('sign-in', id, update)
redis.call('ZREMRANGEBYSCORE', tries, '-inf', integer(now - lock_ms))
redis.call('ZADD', tries, integer(now), update)
redis.call('PEXPIRE', tries, lock_ms)
local left = most - redis.call('ZCARD', tries)
if left > 0 then
  return once.decide(update, { 'wrong', integer(left) })
end
redis.call('SET', lock, integer(now + lock_ms), 'PX', lock_ms)
redis.call('DEL', tries, login)
guessing.tell_admins('locked', id, who, now + lock_ms)
return once.decide(update, { 'locked', integer(now + lock_ms), integer(lock_ms), '1' })
