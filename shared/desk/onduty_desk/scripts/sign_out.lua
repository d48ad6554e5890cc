-- Take an operator off duty. What waits in their outbox is withdrawn by the dispatchers, which
-- look at the phone at once and find nobody on duty.
--
-- ARGV: operator id, and the phrase fingerprint they must have signed in with, or ''.
-- Returns the operator's hash as it was, empty if they were not on duty (or with another phrase).
local id, fingerprint = ARGV[1], ARGV[2]
local operator = 'onduty:operator:' .. id
local was = redis.call('HGETALL', operator)
if #was == 0 or (fingerprint ~= '' and redis.call('HGET', operator, 'fingerprint') ~= fingerprint) then
  return {}
end
redis.call('ZREM', 'onduty:duty:' .. redis.call('HGET', operator, 'group'), id)
redis.call('ZREM', 'onduty:duty', id)
redis.call('DEL', operator)
if redis.call('EXISTS', 'onduty:outbox:' .. id) == 1 then
  due_now(id)
end
return was
