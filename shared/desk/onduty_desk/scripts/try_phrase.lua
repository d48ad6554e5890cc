-- Judge one message of somebody who may be signing in. Wrong tries are counted by update, so that
-- one handled twice counts once, and beyond the end of a login, so that beginning anew buys none.
--
-- ARGV: operator id, update id, '1' if the message is a phrase, most wrong tries, lock in ms, who it
-- is, for the admins, as JSON.
-- Returns { 'on_duty' }, { 'no_login' }, { 'right' }, { 'wrong', tries left }, { 'later' } (not
-- compared: too many strangers guess), or { 'locked', until (ms), how long still (ms), '1' if by this
-- very try }; the same update once more returns the same and changes nothing. A right phrase ends the
-- login by signing in.
local id, update, is_right = ARGV[1], ARGV[2], ARGV[3] == '1'
local most, lock_ms, who = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local login, tries, lock = 'onduty:login:' .. id, 'onduty:wrong-tries:' .. id, 'onduty:lock:' .. id
local before = decided(update)
if before then
  return before
end
if redis.call('EXISTS', 'onduty:operator:' .. id) == 1 then
  return decide(update, { 'on_duty' })
end
local now = now_ms()
local locked_until = tonumber(redis.call('GET', lock) or 0)
if locked_until > now then
  return decide(update, { 'locked', ms(locked_until), ms(locked_until - now), '0' })
end
if tonumber(redis.call('GET', login) or 0) <= now then
  return decide(update, { 'no_login' })
end
if not guessing.is_compared('sign-in', id) then
  return decide(update, { 'later' })
end
if is_right then
  return decide(update, { 'right' })
end
guessing.note_wrong('sign-in', id, update)
redis.call('ZREMRANGEBYSCORE', tries, '-inf', ms(now - lock_ms))
redis.call('ZADD', tries, ms(now), update)
redis.call('PEXPIRE', tries, lock_ms)
local left = most - redis.call('ZCARD', tries)
if left > 0 then
  return decide(update, { 'wrong', ms(left) })
end
redis.call('SET', lock, ms(now + lock_ms), 'PX', lock_ms)
redis.call('DEL', tries, login)
guessing.tell_admins('locked', id, who, now + lock_ms)
return decide(update, { 'locked', ms(now + lock_ms), ms(lock_ms), '1' })
