-- What is to be done about a phone's topics next.
local conversations = require 'conversations'
local failed = require 'failures'
local clock, hash, integer, isolate = require 'lua'
local aside = require 'phones'
local answers_share = require 'telegram'
local topic_steps, topics = require 'topics'
local keys, words = require 'model'

local next_topic = {}

local MOST_ENDED = 50 -- topics of conversations that are no longer theirs

local function is_urgent(what)
  return what == words.step.make_topic or what == words.step.send_context or what == words.step.tell_flat
end

-- It was theirs again, and is over before the new context message has come: the one before has the buttons.
local function stay_with_the_older(chat, id, topic)
  if topic.older and not topic.context then
    topic.context, topic.older, topic.version = topic.older, nil, -1
    topics.keep(chat, id, topic)
  end
end

-- The next step about one topic; or nil, and until when it is held, if it is.
local function of_topic(rules, chat, token, is_on, id, topic, most_messages)
  local conversation = conversations.read(id)
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  local held_ms = (topic.hold_ms or 0) - clock.ms()
  if held_ms > 0 and held_ms <= topics.LONGEST_HOLD_MS then
    return nil, topic.hold_ms
  elseif is_theirs and rules.topics then
    topic.ended_ms = nil
    local are_used, from_ms = topics.are_used(hash.all(keys.topics_phone .. chat))
    if not are_used then
      return nil, from_ms
    end
    local step, at_ms
    if is_on then
      step, at_ms = topic_steps.of_owner(chat, token, is_on, id, topic, most_messages)
    end
    if step or at_ms then
      return step, at_ms
    end
  elseif not topic.ended_ms and topic.thread then
    topic.ended_ms = clock.ms()
    topics.keep(chat, id, topic)
  end
  if not is_theirs then
    stay_with_the_older(chat, id, topic)
  end
  if topic.thread then
    return topic_steps.of_view(chat, token, is_on, id, topic, most_messages)
  elseif not is_theirs then
    topics.forget(chat, id)
  end
end

-- The oldest topic that is one too many, if there is one. One that is to go already is not: its deletion may
-- be put off, and then no other is begun.
local function one_too_many(chat)
  local count, oldest_ms, oldest = 0, math.huge, nil
  for id, topic in pairs(topics.all(chat)) do
    if topic.ended_ms and topic.thread and not topic.remove then
      count = count + 1
      if topic.ended_ms < oldest_ms then
        oldest_ms, oldest = topic.ended_ms, id
      end
    end
  end
  if count > MOST_ENDED then
    local topic = topics.of(chat, oldest)
    topic.remove, topic.due_ms = true, clock.ms()
    topics.keep(chat, oldest, topic)
    return oldest, topic
  end
end

local function due_of(chat)
  local due = {}
  for id, topic in pairs(topics.all(chat)) do
    if topic.due_ms then
      table.insert(due, { id = id, topic = topic })
    end
  end
  table.sort(due, function(a, b)
    return a.topic.due_ms < b.topic.due_ms
  end)
  return due
end

-- The same, of one that nothing can be made of: it is set aside alone.
local function isolated(rules, chat, token, is_on, id, topic, most_messages)
  local went_well, step, at_ms = pcall(of_topic, rules, chat, token, is_on, id, topic, most_messages)
  if went_well then
    return step, at_ms
  elseif isolate.is_of_wrong_type(isolate.reason_of(step)) then
    error(step, 0)
  end
  aside.step(chat, id, words.step.edit_context, {}, isolate.reason_of(step))
end

-- Look at what is due. Returns an urgent step, another one, and the soonest moment of what is not due yet.
local function look(rules, chat, token, is_on, most_messages)
  if is_on and hash.get(keys.topics_phone .. chat, 'tell') then
    return topic_steps.tell_flat(chat)
  end
  local other, soonest = nil, math.huge
  for _, one in ipairs(due_of(chat)) do
    local id, topic, step, at_ms = one.id, one.topic, nil, one.topic.due_ms
    if at_ms <= clock.ms() then
      step, at_ms = isolated(rules, chat, token, is_on, id, topic, most_messages)
      if not step and not at_ms and topics.of(chat, id) then
        topic.due_ms = nil
        topics.keep(chat, id, topic)
      end
    end
    if step and is_urgent(step.what) then
      return step
    end
    other, soonest = other or step, math.min(soonest, at_ms or math.huge)
  end
  local id, topic = one_too_many(chat)
  if not other and id then
    other = topic_steps.of_view(chat, token, is_on, id, topic, most_messages)
  end
  return nil, other, soonest
end

local function rest(chat, class, at_ms)
  if class then
    hash.set(keys.chat .. chat, 'topics_class', class)
    hash.set(keys.chat .. chat, 'topics_at_ms', integer(at_ms))
  else
    hash.remove(keys.chat .. chat, 'topics_class', 'topics_at_ms')
  end
end

-- Nothing that can be made anything of: no topic there is looked at until something new comes for it.
local function set_aside(chat, reason)
  failed.record(
    'step-' .. chat .. '-topics',
    { kind = 'step', chat = chat, conversation = '', step = words.step.edit_context, reason = reason }
  )
  hash.delete(keys.topics .. chat)
  rest(chat)
end

-- Whether a phone is to be looked at now for its topics, in this class.
function next_topic.is_due(chat, class)
  local key = keys.chat .. chat
  return hash.get(key, 'topics_class') == class and tonumber(hash.get(key, 'topics_at_ms') or 0) <= clock.ms()
end

-- The next step; or nil, and until when it is held, if it is. What makes a topic waits while operators' answers
-- have used their share.
function next_topic.of(rules, chat, token, is_on, most_messages, gap)
  local went_well, urgent, other, soonest = pcall(look, rules, chat, token, is_on, most_messages)
  if not went_well then
    local reason = isolate.reason_of(urgent)
    if isolate.is_of_wrong_type(reason) then
      error(urgent, 0)
    end
    set_aside(chat, reason)
    return nil
  end
  local is_in_class = next_topic.is_due(chat, 'edits')
  if urgent then
    local _, _, wait_us = answers_share.spent('operators', gap)
    local at_ms = clock.ms() + math.ceil(wait_us / 1000)
    rest(chat, 'urgent', at_ms)
    if wait_us > 0 then
      return nil, at_ms
    end
    local begin = urgent.begin
    function urgent.begin()
      if begin then
        begin()
      end
      answers_share.charge('operators', gap)
    end
    return urgent
  elseif other then
    rest(chat, 'edits', clock.ms())
    if is_in_class or not is_on then
      return other
    end
    return nil, clock.ms()
  elseif soonest < math.huge then
    rest(chat, 'edits', soonest)
    return nil, soonest
  end
  rest(chat)
  return nil
end

return next_topic
