-- Move an event that the backend's RQ worker failed at into the failed list, out of RQ.
--
-- ARGV: RQ job id, failure id, the failure as JSON. Returns 1, or 0 when somebody was faster: another
-- dispatcher, or who put it back into its queue.
local job, failure, told = ARGV[1], ARGV[2], ARGV[3]
if redis.call('ZREM', 'rq:failed:onduty-events', job) == 0 then
  return 0
end
redis.call('DEL', 'rq:job:' .. job, 'rq:results:' .. job, 'rq:executions:' .. job)
local now = ms(now_ms())
redis.call('HSET', 'onduty:failures', failure, string.sub(told, 1, -2) .. ', "at_ms": ' .. now .. '}')
redis.call('ZADD', 'onduty:failed', now, failure)
return 1
