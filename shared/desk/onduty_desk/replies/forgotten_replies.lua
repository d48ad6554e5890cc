-- What operators have answered in a conversation that is forgotten.
local failed = require 'failures'
local replies = require 'replies'
local keys = require 'model'

local forgotten_replies = {}

-- A job that the backend's worker has not done is not done any more, and of one that is done nothing is kept.
local function forget_job(reply, event_id)
  if event_id then
    redis.call('ZREM', keys.replies_queued, event_id .. ' ' .. reply.id)
    redis.call('DEL', keys.rq_event_job .. event_id, keys.rq_event_results .. event_id)
  end
end

local function forget(place, reply)
  if reply.id then
    forget_job(reply, reply.event)
    forget_job(reply, reply.sent_event)
    for event_id in string.gmatch(reply.jobs or '', '%S+') do
      forget_job(reply, event_id)
    end
    redis.call('DEL', keys.reply_place .. reply.id)
    failed.remove('reply-' .. reply.id)
  end
  if reply.failure then
    failed.remove(reply.failure)
  end
  redis.call('ZREM', keys.reactions, place)
  redis.call('ZREM', keys.replies_failed, place)
  redis.call('DEL', keys.reply .. place)
end

-- Forget them. Returns the messages that stay on operators' phones, each as { chat, message, name }.
function forgotten_replies.forget(id)
  local left = {}
  for _, place in ipairs(redis.call('SMEMBERS', keys.replies_of .. id)) do
    local reply = replies.at(place)
    local chat, message = string.match(place, '^(.+):(%d+)$')
    if reply.state and reply.conversation == id then
      table.insert(left, { chat, message, reply.author_name or '' })
      forget(place, reply)
    end
  end
  redis.call('DEL', keys.replies_of .. id)
  return left
end

return forgotten_replies
