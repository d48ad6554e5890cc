-- What operators answer from Telegram, each known by the operator's own message, `chat:message`, and by an
-- id of its own. What became of it is shown on that message as a reaction; see model/fields.py.
local expiry = require 'conversations'
local events, json = require 'events'
local failed = require 'failures'
local clock, integer = require 'lua'
local wake = require 'phones'
local reactions = require 'replies'
local operators = require 'roster'
local keys, words = require 'model'

local replies = {}

local KEPT_AT_LEAST_S = 86400

local function keep(key, id)
  redis.call('EXPIRE', key, math.max(KEPT_AT_LEAST_S, expiry.lasts_s(id)))
end

-- The fields of a reply; none if there is no such one.
function replies.at(place)
  local pairs_of, reply = redis.call('HGETALL', keys.reply .. place), {}
  for i = 1, #pairs_of, 2 do
    reply[pairs_of[i]] = pairs_of[i + 1]
  end
  return reply
end

-- Write a reply down that is not sent yet. `said` is what was written: text, html, at_s, and `about`, the
-- message that it answers, as JSON.
function replies.hold(place, id, author, name, said)
  local reply = keys.reply .. place
  redis.call('HSET', reply, 'state', words.reply_state.held, 'author', author, 'author_name', name)
  redis.call('HSET', reply, 'text', said.text, 'html', said.html, 'at_s', said.at_s)
  if said.about then
    redis.call('HSET', reply, 'about', said.about)
  end
  if id then
    redis.call('HSET', reply, 'conversation', id)
  end
  redis.call('EXPIRE', reply, KEPT_AT_LEAST_S)
end

local function set_state(place, state)
  redis.call('HSET', keys.reply .. place, 'state', state)
  reactions.show(place, state)
end

-- It has not failed, or not any more.
local function forget_failure(place, reply)
  if reply.failure then
    failed.remove(reply.failure)
  end
  redis.call('HDEL', keys.reply .. place, 'failure', 'reason')
  redis.call('ZREM', keys.replies_failed, place)
end

local function fields_of(reply, kind)
  local fields = { reply_id = reply.id, operator = operators.person(reply.author, reply.author_name) }
  if kind ~= words.event.reply_deleted then
    fields.text, fields.html, fields.attachments = reply.text, reply.html, json.EMPTY_LIST
  end
  if kind == words.event.reply_sent then
    fields.sent_at = json.iso(tonumber(reply.at_s) * 1000)
    fields.in_reply_to = reply.about and cjson.decode(reply.about)
  end
  return fields
end

-- Let the backend have it: as an answer, changed, or taken back. What it never took is sent as a new
-- answer. Returns false, and nothing is changed, if nobody delivers events.
function replies.send(place, kind)
  local key, reply = keys.reply .. place, replies.at(place)
  if not reply.id then
    reply.id = string.format('%012x', clock.ms())
      .. string.sub(redis.sha1hex(place .. ' ' .. reply.conversation), 1, 12)
  end
  if kind == words.event.reply_edited and reply.unsent then
    kind = words.event.reply_sent
  end
  local event = events.emit(reply.conversation, kind, fields_of(reply, kind))
  if not event then
    return false
  end
  redis.call('HSET', key, 'id', reply.id, 'kind', kind, 'event', event)
  if kind == words.event.reply_sent then
    redis.call('HSET', key, 'sent_event', event)
    redis.call('HDEL', key, 'unsent')
  end
  redis.call('HDEL', key, 'over', 'choices')
  redis.call('SET', keys.reply_place .. reply.id, place)
  keep(keys.reply_place .. reply.id, reply.conversation)
  keep(key, reply.conversation)
  forget_failure(place, reply)
  set_state(place, words.reply_state.sending)
  wake.dispatchers()
  return true
end

local function find(reply_id)
  local place = redis.call('GET', keys.reply_place .. reply_id)
  local reply = place and replies.at(place)
  if reply and reply.id == reply_id then
    return place, reply
  end
end

-- The backend has taken an event about a reply.
function replies.confirmed(reply_id, event_id)
  local place, reply = find(reply_id)
  if place and reply.event == event_id and reply.state == words.reply_state.sending and not reply.unsent then
    forget_failure(place, reply)
    set_state(
      place,
      reply.kind == words.event.reply_deleted and words.reply_state.deleted or words.reply_state.delivered
    )
    wake.dispatchers()
  end
end

-- It was handed to RQ: it is confirmed when the backend's worker has finished the job.
function replies.queued(reply_id, event_id)
  redis.call('ZADD', keys.replies_queued, integer(clock.ms()), event_id .. ' ' .. reply_id)
  redis.call('EXPIRE', keys.replies_queued, reactions.KEPT_S)
end

local function fail(place, reply, reason, failure)
  if reply.failure and reply.failure ~= failure then
    failed.remove(reply.failure)
  end
  redis.call('HSET', keys.reply .. place, 'reason', reason, 'failure', failure)
  redis.call('ZADD', keys.replies_failed, integer(clock.ms()), place)
  redis.call('EXPIRE', keys.replies_failed, reactions.KEPT_S)
  set_state(place, words.reply_state.failed)
  wake.dispatchers()
end

-- The backend will not take an event about a reply; `failure` is its place in the failed list. Without the
-- answer itself, what comes behind it is of no use. Returns its conversation; nil if it has not failed by it.
function replies.failed(reply_id, event_id, reason, failure)
  local place, reply = find(reply_id)
  if not place or reply.event ~= event_id and reply.sent_event ~= event_id then
    return nil
  end
  if reply.sent_event == event_id then
    redis.call('HSET', keys.reply .. place, 'unsent', '1')
  end
  fail(place, reply, reason, failure)
  return reply.conversation
end

-- What the backend says of a reply later: delivered, read or failed. Of one that is on its way again, or
-- taken back, it says nothing new.
function replies.report(reply_id, status, reason)
  local place, reply = find(reply_id)
  local is_newest = place and reply.kind == words.event.reply_sent or place and reply.state ~= words.reply_state.sending
  if not is_newest or reply.kind == words.event.reply_deleted or reply.state == status then
    return
  end
  if status == words.reply_state.failed then
    local failure = 'reply-' .. reply_id
    failed.record(failure, { kind = 'reply', conversation = reply.conversation, reply = reply_id, reason = reason })
    redis.call('HSET', keys.reply .. place, 'unsent', '1')
    fail(place, reply, reason, failure)
  elseif
    status == words.reply_state.read
    or status == words.reply_state.delivered and reply.state ~= words.reply_state.read
  then
    redis.call('HDEL', keys.reply .. place, 'unsent')
    forget_failure(place, reply)
    set_state(place, status)
    wake.dispatchers()
  end
end

-- Let what failed be sent once more, as it reads now. Returns whether it was.
function replies.again(place)
  local reply = replies.at(place)
  local is_lost = reply.unsent and reply.kind ~= words.event.reply_deleted
  return reply.state == words.reply_state.failed
    and replies.send(place, is_lost and words.event.reply_sent or reply.kind)
end

-- The same, by what the failed list knows of it. Returns nil if it is not known any more.
function replies.again_by_id(reply_id)
  local place = find(reply_id)
  if place then
    return replies.again(place)
  end
end

return replies
