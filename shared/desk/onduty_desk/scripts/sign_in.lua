-- Put an operator on duty. What waits in their group is shown to them by `backlog.lua`.
--
-- ARGV: operator id, group, update id, then the fields of the operator's hash in pairs.
-- Returns 'new', 'repeated' (the same update once more) or 'already'.
local id, group, update = ARGV[1], ARGV[2], ARGV[3]
local operator = 'onduty:operator:' .. id
if redis.call('EXISTS', operator) == 1 then
  return redis.call('HGET', operator, 'update_id') == update and 'repeated' or 'already'
end
local now = now_ms()
redis.call('HSET', operator, 'group', group, 'update_id', update, 'since_ms', ms(now), unpack(ARGV, 4))
redis.call('ZADD', 'onduty:duty', ms(now), id)
redis.call('ZADD', 'onduty:duty:' .. group, ms(now), id)
redis.call('DEL', 'onduty:login:' .. id, 'onduty:wrong-tries:' .. id)
redis.call('HDEL', 'onduty:signed-out', id)
remember(id)
return 'new'
