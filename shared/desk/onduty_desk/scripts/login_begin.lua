-- Begin to sign in: from now on the next message is taken for the phrase, until the deadline.
--
-- ARGV: operator id, update id, time to finish in ms.
-- Returns { 'asked' }, { 'on_duty' } or { 'locked', until (ms), how long still (ms) }; the same
-- update once more returns the same and changes nothing.
local id, update, finish_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = decided(update)
if before then
  return before
end
if redis.call('EXISTS', 'onduty:operator:' .. id) == 1 then
  return decide(update, { 'on_duty' })
end
local now = now_ms()
local locked_until = tonumber(redis.call('GET', 'onduty:lock:' .. id) or 0)
if locked_until > now then
  return decide(update, { 'locked', ms(locked_until), ms(locked_until - now) })
end
redis.call('SET', 'onduty:login:' .. id, ms(now + finish_ms), 'PX', finish_ms)
return decide(update, { 'asked' })
