-- Write down what came of a step about a topic, and when its phone is looked at next.
--
-- ARGV: chat, lease token, conversation, the step, its outcome (see model/words.py), its detail (of what was
-- made or sent the thread or the message, given up the trouble or why), pause in ms, what the step was about as
-- JSON, retention in seconds.
-- Returns 'settled', or 'gone': the lease was over before. What is done is written down even then.
local key_lifetimes, forgotten = require 'conversations'
local clock, hash = require 'lua'
local copies, edits, timetable = require 'phones'
local pace, reach = require 'telegram'
local forgotten_topics, topics, using = require 'topics'
local keys, words = require 'model'

local chat, token, id, what, outcome, detail = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local pause_ms, about, retention_s = tonumber(ARGV[7]), cjson.decode(ARGV[8]), tonumber(ARGV[9])
local FIRST_HOLD_MS = 1000
local phone = hash.now(keys.chat .. chat)
local has_lease, next_at_ms = phone.lease == token, tonumber(phone.next_at_ms or 0)
local topic = topics.of(chat, id)
local is_done, is_given_up = outcome == words.outcome.done, outcome == words.outcome.given_up
local is_gone, is_off = outcome == words.outcome.gone, is_given_up and detail == words.topic_trouble.off
-- Told to wait for long before a topic is made, the phone's cards do not wait with it: they come flat.
local is_too_late = what == words.step.make_topic and outcome == words.outcome.later and pause_ms > topics.EACH_MS
local has_failed = is_too_late or outcome == words.outcome.not_taken or outcome == words.outcome.unknown

local function is_current()
  return topic and topic.thread == about.thread
end

-- A topic too many: somebody else has made one meanwhile, or nobody wants it any more.
local function delete_later(thread)
  local unused = { thread = thread, remove = true, ended_ms = clock.ms() }
  topics.look(chat, id .. ' ' .. thread, unused)
end

local function hold()
  topic.failures = (topic.failures or 0) + 1
  topic.hold_ms = clock.ms() + math.min(FIRST_HOLD_MS * 2 ^ topic.failures, topics.LONGEST_HOLD_MS)
end

-- What is refused for good is not tried again: what the topic is for goes flat.
local function refuse()
  if is_off then
    using.refuse(chat)
  else
    using.lose(chat, id, topic)
  end
end

local SETTLE = {}

SETTLE[words.step.tell_flat] = function()
  if is_done or is_given_up then
    hash.remove(keys.topics_phone .. chat, 'tell')
  end
end

SETTLE[words.step.make_topic] = function()
  local is_ours = topic and topic.making == token
  if is_ours then
    topic.making = nil
  end
  if is_done and topic and not topic.thread then
    topic.thread, topic.named, topic.unknowns = tonumber(detail), about.kind .. ' ' .. about.name, nil
    topics.note_thread(chat, detail, id)
    hash.remove(keys.topics_phone .. chat, 'told', 'refused_until_ms')
  elseif is_done then
    delete_later(tonumber(detail))
  elseif is_ours and outcome == words.outcome.unknown then
    topic.unknowns, topic.stray = (topic.unknowns or 0) + 1, true
  end
  if topic and has_failed then
    topics.keep(chat, id, topic)
    using.pause(chat)
    topic = topics.of(chat, id)
  elseif topic and (is_gone or is_given_up) then
    refuse()
  end
end

SETTLE[words.step.send_context] = function()
  local message = is_done and tonumber(detail)
  if message then
    redis.call('SET', keys.card .. chat .. ':' .. detail, id, 'EX', retention_s + key_lifetimes.HOUR_S)
  end
  if message and (not is_current() or topic.context) then
    local copy = copies.of(id, chat)
    copies.remove_later(copy, message)
    copies.keep(id, chat, copy)
    edits.request(id, chat)
  elseif message then
    topic.context, topic.version, topic.upto, topic.failures = message, about.version, about.upto, nil
    topics.note_success(chat)
    using.use(chat, id, topic)
    if topic.older then
      local copy = copies.of(id, chat)
      copies.remove_later(copy, topic.older)
      copies.keep(id, chat, copy)
      edits.request(id, chat)
      topic.older = nil
    end
  elseif is_current() and has_failed then
    using.pause(chat)
    topic = topics.of(chat, id)
  elseif is_current() and (is_gone or is_given_up) then
    refuse()
  end
end

-- It was deleted: it comes again, at the bottom.
local function lose_context()
  topic.context, topic.pinned = nil, nil
end

SETTLE[words.step.pin_context] = function()
  if not is_current() or topic.context ~= about.context then
    return
  elseif is_gone then
    lose_context()
  elseif is_done or is_given_up then
    topic.pinned = true
  end
end

SETTLE[words.step.edit_context] = function()
  if not is_current() or topic.context ~= about.context then
    return
  elseif is_gone and not topic.ended_ms then
    lose_context()
  elseif is_gone or is_given_up then
    topic.version = about.version
  elseif is_done then -- not, if a tap has changed it meanwhile, or a newer one may have come before
    topic.version = has_lease and topic.drawing == token and about.version or -1
  end
end

SETTLE[words.step.rename_topic] = function()
  if not is_current() then
    return
  elseif is_gone and topic.ended_ms then
    topics.forget(chat, id)
    topic = nil
  elseif is_gone or is_off then
    refuse()
  elseif is_done or is_given_up then
    topic.named = has_lease and about.kind .. ' ' .. about.name or ''
    if topic.check then -- the topic is there; the edit tells whether the message is
      topic.check, topic.version = nil, -1
    end
  end
end

SETTLE[words.step.delete_topic] = function()
  if is_current() and (is_done or is_gone or is_given_up) then
    topics.forget(chat, id)
    using.leave(chat, id)
    topic = nil
  end
end

if is_too_late then
  pause_ms = 0
elseif outcome == words.outcome.later then
  pace.refuse(chat, clock.us(), pause_ms * 1000)
elseif is_done then
  reach.note_success()
end
local removal = id ~= '' and forgotten.removal_of(id)
if not removal or removal == id then
  SETTLE[what]()
elseif is_done and what == words.step.make_topic then
  forgotten_topics.late(removal, chat, tonumber(detail))
elseif is_done and what == words.step.send_context then
  forgotten_topics.late(removal, chat, about.thread, tonumber(detail))
end
if topic and has_failed and what ~= words.step.make_topic and what ~= words.step.send_context then
  hold()
elseif topic and is_done then
  topic.failures, topic.hold_ms = nil, nil
end
if topic and topics.of(chat, id) then
  topics.keep(chat, id, topic)
end
if outcome == words.outcome.unreachable then
  hash.remove(keys.chat .. chat, 'topics_class', 'topics_at_ms')
end
if has_lease then
  local free_at_ms = math.ceil(pace.chat_free_at(chat, clock.us()) / 1000)
  timetable.end_lease(chat, math.max(clock.ms() + pause_ms, next_at_ms, free_at_ms))
end
return has_lease and 'settled' or 'gone'
