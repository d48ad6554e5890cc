-- What operators answer from Telegram, each known by the operator's own message, `chat:message`, and by an
-- id of its own. What became of it is shown on that message as a reaction; see model/fields.py.
local conversations, key_lifetimes = require 'conversations'
local events, json = require 'events'
local failed = require 'failures'
local history = require 'history'
local clock, integer = require 'lua'
local edits, wake = require 'phones'
local reactions = require 'replies'
local operators = require 'roster'
local keys, words = require 'model'

local replies = {}

local KEPT_AT_LEAST_S = 86400

local function keep(key, id)
  redis.call('EXPIRE', key, math.max(KEPT_AT_LEAST_S, key_lifetimes.lasts_s(id)))
end

-- The fields of a reply; none if there is no such one.
function replies.at(place)
  local pairs_of, reply = redis.call('HGETALL', keys.reply .. place), {}
  for i = 1, #pairs_of, 2 do
    reply[pairs_of[i]] = pairs_of[i + 1]
  end
  return reply
end

-- A reply is known to be of a conversation.
function replies.belong(place, id)
  redis.call('SADD', keys.replies_of .. id, place)
  keep(keys.replies_of .. id, id)
end

-- Its author speaks by this name: the one they have chosen, or `name`. An edit later changes no name.
function replies.speak_as(place, author, name)
  redis.call('HSET', keys.reply .. place, 'author_name', operators.chosen_name(author) or name)
end

-- Write a reply down that is not sent yet. `said` is what was written: text, html, at_s, the first `name`
-- of who wrote it, `about`, the message that it answers, as JSON, and `thread`, the topic that it is written
-- in, or ''.
function replies.hold(place, id, author, said)
  local reply = keys.reply .. place
  redis.call('HSET', reply, 'state', words.reply_state.held, 'author', author)
  replies.speak_as(place, author, said.name)
  redis.call('HSET', reply, 'text', said.text, 'html', said.html, 'at_s', said.at_s)
  if said.about then
    redis.call('HSET', reply, 'about', said.about)
  end
  if (said.thread or '') ~= '' then
    redis.call('HSET', reply, 'thread', said.thread)
  end
  if id then
    redis.call('HSET', reply, 'conversation', id)
    replies.belong(place, id)
  end
  redis.call('EXPIRE', reply, KEPT_AT_LEAST_S)
end

-- The history has it as it reads now; `kind` says what has become of it.
local function write_down(reply, kind)
  local id = reply.conversation
  local function as_it_reads(entry)
    entry.text, entry.html, entry.status = reply.text, reply.html, words.reply_state.sending
    if kind == words.event.reply_edited then
      entry.edited_at = history.now()
    elseif kind == words.event.reply_deleted then
      entry.text, entry.html, entry.deleted_at = '', nil, history.now()
    end
  end
  if history.change(id, reply.id, as_it_reads) then
    return
  end
  local entry = {
    kind = words.history.reply,
    id = reply.id,
    place = tonumber(conversations.read(id).last_seq or 0),
    author = operators.person(reply.author, reply.author_name),
    at = json.iso(tonumber(reply.at_s) * 1000),
    in_reply_to = reply.about and cjson.decode(reply.about),
  }
  as_it_reads(entry)
  history.add(id, entry)
  history.let_live(id)
end

-- The card of its owner leads to what both sides have written.
local function show_history(id)
  local conversation = conversations.read(id)
  if not conversation.replied and conversation.group then
    conversations.write(id, { replied = '1' })
    if conversation.owner then
      edits.show_owner(id, conversation)
    end
  end
end

local function set_state(place, reply, state)
  redis.call('HSET', keys.reply .. place, 'state', state)
  if state ~= words.reply_state.sending then
    history.change(reply.conversation, reply.id, function(entry)
      entry.status = state
    end)
  end
  reactions.show(place, state)
end

-- The message that says that it failed is over: a dispatcher deletes it.
function replies.remove_failure_said(place, reply)
  if reply.failure_said and conversations.read(reply.conversation).group then
    edits.delete(reply.conversation, string.match(place, '^(.+):%d+$'), reply.failure_said)
    wake.dispatchers()
  end
end

-- It has not failed, or not any more.
local function forget_failure(place, reply)
  replies.remove_failure_said(place, reply)
  if reply.failure then
    failed.remove(reply.failure)
  end
  redis.call('HDEL', keys.reply .. place, 'failure', 'reason', 'failure_said')
  redis.call('ZREM', keys.replies_failed, place)
end

local function fields_of(reply, kind)
  local fields = { reply_id = reply.id, operator = { id = tonumber(reply.author), name = reply.author_name } }
  if kind ~= words.event.reply_deleted then
    fields.text, fields.html, fields.attachments = reply.text, reply.html, json.EMPTY_LIST
  end
  if kind == words.event.reply_sent then
    fields.sent_at = json.iso(tonumber(reply.at_s) * 1000)
    fields.in_reply_to = reply.about and cjson.decode(reply.about)
  end
  return fields
end

-- In a topic, not all apps say to which message another one replies: /undo there is about the newest answer.
function replies.note_last(place, reply)
  if reply.thread then
    local chat, message = string.match(place, '^(.+):(%d+)$')
    local lasts_s = math.max(KEPT_AT_LEAST_S, key_lifetimes.lasts_s(reply.conversation))
    redis.call('SET', keys.last_reply .. chat .. ':' .. reply.thread, message, 'EX', lasts_s)
  end
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
    replies.note_last(place, reply)
  end
  redis.call('HDEL', key, 'over', 'choices', 'notice', 'is_last_word')
  redis.call('SET', keys.reply_place .. reply.id, place)
  keep(keys.reply_place .. reply.id, reply.conversation)
  keep(key, reply.conversation)
  forget_failure(place, reply)
  write_down(reply, kind)
  show_history(reply.conversation)
  set_state(place, reply, words.reply_state.sending)
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

-- The backend has taken an event about a reply. Taken back is also what it never had: nobody reads it.
function replies.confirmed(reply_id, event_id)
  local place, reply = find(reply_id)
  if not place or reply.event ~= event_id then
    return
  end
  local is_sending, is_back = reply.state == words.reply_state.sending, reply.kind == words.event.reply_deleted
  if is_sending and not reply.unsent or is_back and (is_sending or reply.unsent) then
    forget_failure(place, reply)
    set_state(place, reply, is_back and words.reply_state.deleted or words.reply_state.delivered)
    wake.dispatchers()
  end
end

-- RQ keeps jobs that are done for a day. Of very many, the newest are known.
local MOST_JOBS_BYTES = 50 * 33
local function note_job(reply_id, event_id)
  local place, reply = find(reply_id)
  if place and not string.find(reply.jobs or '', event_id, 1, true) then
    local jobs = reply.jobs and reply.jobs .. ' ' .. event_id or event_id
    redis.call('HSET', keys.reply .. place, 'jobs', string.sub(jobs, -MOST_JOBS_BYTES))
  end
end

-- It was handed to RQ: it is confirmed when the backend's worker has finished the job.
function replies.queued(reply_id, event_id)
  note_job(reply_id, event_id)
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
  set_state(place, reply, words.reply_state.failed)
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

-- Whether what a backend says of a reply is about words that it had before: the change of them, or, once it has
-- reported them as failed, what was sent in their place, is on its way or refused.
local function is_of_words_before(reply)
  local is_sending, has_failed = reply.state == words.reply_state.sending, reply.state == words.reply_state.failed
  if reply.kind == words.event.reply_edited then
    return is_sending or has_failed and not reply.unsent
  end
  return reply.reported and (is_sending or has_failed and reply.failure ~= 'reply-' .. reply.id)
end

-- What the backend says of a reply later: delivered, read or failed. Of one that is taken back, or of the words
-- before, it says nothing new.
function replies.report(reply_id, status, reason)
  local place, reply = find(reply_id)
  local is_no_news = not place or reply.kind == words.event.reply_deleted or reply.state == status
  if is_no_news or is_of_words_before(reply) then
    return
  end
  if status == words.reply_state.failed then
    local failure = 'reply-' .. reply_id
    failed.record(failure, { kind = 'reply', conversation = reply.conversation, reply = reply_id, reason = reason })
    redis.call('HSET', keys.reply .. place, 'unsent', '1', 'reported', '1')
    fail(place, reply, reason, failure)
  elseif
    status == words.reply_state.read
    or status == words.reply_state.delivered and reply.state ~= words.reply_state.read
  then
    redis.call('HDEL', keys.reply .. place, 'unsent')
    forget_failure(place, reply)
    set_state(place, reply, status)
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
