-- Move an event that the backend's RQ worker failed at into the failed list, out of RQ.
--
-- ARGV: RQ job id, failure id, the failure as JSON. Returns 1, or 0 when somebody was faster: another
-- dispatcher, or who put it back into its queue.
local failed = require 'failures'
local keys = require 'model'

local job, failure, json = ARGV[1], ARGV[2], ARGV[3]
if redis.call('ZREM', keys.rq_failed_events, job) == 0 then
  return 0
end
redis.call('DEL', keys.rq_job .. job, keys.rq_results .. job, keys.rq_executions .. job)
failed.record_json(failure, json)
return 1
