-- Move an event that the backend's RQ worker failed at into the failed list, out of RQ.
--
-- ARGV: RQ job id, failure id, the failure as JSON, its reason, the event's id, and that of the reply that
-- it is about, or ''. Returns 1, or 0 when somebody was faster: another
-- dispatcher, or who put it back into its queue.
local failed = require 'failures'
local replies = require 'replies'
local keys = require 'model'

local job, failure, json, reason, event_id, reply_id = unpack(ARGV)
if redis.call('ZREM', keys.rq_failed_events, job) == 0 then
  return 0
end
redis.call('DEL', keys.rq_job .. job, keys.rq_results .. job, keys.rq_executions .. job)
failed.record_json(failure, json)
if reply_id ~= '' then
  redis.call('ZREM', keys.replies_queued, event_id .. ' ' .. reply_id)
  replies.failed(reply_id, event_id, reason, failure)
end
return 1
