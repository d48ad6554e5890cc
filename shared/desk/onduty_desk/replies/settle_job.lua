-- The backend's RQ worker has finished the job of an event about a reply; or the job is gone, and nobody
-- knows whether it was done.
--
-- ARGV: what stands in the list of jobs, `event reply`, 'finished' or 'gone', and for that the reason.
local failed = require 'failures'
local replies = require 'replies'
local keys = require 'model'

local entry, outcome, reason = ARGV[1], ARGV[2], ARGV[3]
local event_id, reply_id = string.match(entry, '^(%S+) (%S+)$')
if redis.call('ZREM', keys.replies_queued, entry) == 0 then
  return
elseif outcome == 'finished' then
  replies.confirmed(reply_id, event_id)
else
  local failure = 'reply-' .. reply_id
  local conversation = replies.failed(reply_id, event_id, reason, failure)
  if conversation then
    failed.record(failure, { kind = 'reply', conversation = conversation, reply = reply_id, reason = reason })
  end
end
