-- The topics on a phone, one for each conversation that its owner answers there; see
-- model/phone_fields.py. What is to be done about them is found by `next_topic.lua`, which compares each with
-- the conversation. Where anything is wrong with topics, the phone is flat: all goes as without them.
local conversations = require 'conversations'
local clock, hash, urgency = require 'lua'
local timetable = require 'phones'
local keys, words = require 'model'

local topics = {}

local KEPT_S = 90 * 86400 -- after the last one; a topic outlives its conversation
topics.EACH_MS = 10000 -- one is made in this time at most
topics.LONGEST_HOLD_MS = 600000

topics.STEPS = {
  [words.step.make_topic] = true,
  [words.step.send_context] = true,
  [words.step.pin_context] = true,
  [words.step.edit_context] = true,
  [words.step.rename_topic] = true,
  [words.step.delete_topic] = true,
  [words.step.tell_flat] = true,
}

function topics.of(chat, id)
  local json = hash.get(keys.topics .. chat, id)
  return json and cjson.decode(json)
end

function topics.keep(chat, id, topic)
  hash.set(keys.topics .. chat, id, cjson.encode(topic))
  hash.expire(keys.topics .. chat, KEPT_S)
end

function topics.forget(chat, id)
  hash.remove(keys.topics .. chat, id)
end

-- All topics of a phone, by their conversations. What cannot be read is forgotten.
function topics.all(chat)
  local all = {}
  for id, json in pairs(hash.all(keys.topics .. chat)) do
    local can_be_read, topic = pcall(cjson.decode, json)
    if can_be_read and type(topic) == 'table' then
      all[id] = topic
    else
      topics.forget(chat, id)
    end
  end
  return all
end

-- Have what an operator writes in a topic known as an answer.
function topics.note_thread(chat, thread, id)
  redis.call('SET', keys.topic .. chat .. ':' .. thread, id, 'EX', KEPT_S)
end

-- The conversation that a topic is about, or nil.
function topics.conversation_of(chat, thread)
  return redis.call('GET', keys.topic .. chat .. ':' .. thread) or nil
end

-- Whether a phone has topics now; if not, from when on, unless it is for good.
function topics.are_used(phone)
  local now = clock.ms()
  local function until_ms(field)
    local at = tonumber(phone[field] or 0)
    return at > now and at or nil
  end
  if phone.off then
    return false
  end
  local flat_until_ms = math.max(until_ms('flat_until_ms') or 0, until_ms('refused_until_ms') or 0)
  return flat_until_ms == 0, flat_until_ms > 0 and flat_until_ms or nil
end

-- Have a phone looked at for its topics, at that time or before.
function topics.line_up(chat, class, at_ms)
  local key = keys.chat .. chat
  local was, was_ms = hash.get(key, 'topics_class'), tonumber(hash.get(key, 'topics_at_ms') or nil)
  local is_later = was_ms and was_ms > clock.ms()
  if not was or is_later or urgency.RANK[class] < urgency.RANK[was] then
    hash.set(key, 'topics_class', class)
  end
  hash.set(key, 'topics_at_ms', math.min(was_ms or math.huge, at_ms or clock.ms()))
  timetable.something_new(chat)
end

-- Have one topic compared with its conversation.
function topics.look(chat, id, topic, class)
  topic.due_ms = clock.ms()
  topics.keep(chat, id, topic)
  topics.line_up(chat, class or 'edits')
end

-- A conversation has changed: its topics, wherever there are any, are compared with it. `is_anew` is said of
-- what its version does not tell.
function topics.have_changed(id, is_anew)
  local conversation = conversations.read(id)
  for chat in string.gmatch(conversation.topics or '', '%S+') do
    local topic = topics.of(chat, id)
    if topic then
      topic.version = is_anew and -1 or topic.version
      topics.look(chat, id, topic)
    end
  end
end

-- What a phone's topic shows is to be drawn anew, though nothing has changed.
function topics.redraw(chat, id)
  local topic = topics.of(chat, id)
  if topic then
    topic.version, topic.drawing = -1, nil
    topics.look(chat, id, topic)
  end
end

-- Whether a message is the one in the topic that has the buttons.
function topics.is_context(chat, id, message)
  local conversation = conversations.read(id)
  local topic = conversation.topics and topics.of(chat, id)
  return topic and topic.context == tonumber(message)
end

-- Whether the bot has topics, and what is written in them would be sent on.
local function can_be_made()
  return redis.call('GET', keys.topics_enabled) == '1' and redis.call('EXISTS', keys.events_wanted) == 1
end

local function note_chat(id, chat)
  local conversation = conversations.read(id)
  local chats = conversation.topics
  if not chats then
    conversations.write(id, { topics = chat })
  elseif not string.find(' ' .. chats .. ' ', ' ' .. chat .. ' ', 1, true) then
    conversations.write(id, { topics = chats .. ' ' .. chat })
  end
end

-- Somebody has claimed a conversation: they get a topic for it, or have it again. One is made in ten seconds at
-- most; what they claim in between they answer flat.
function topics.want(rules, id, chat)
  if not rules.topics or not can_be_made() then
    return
  end
  local phone = hash.all(keys.topics_phone .. chat)
  if not topics.are_used(phone) then
    return
  end
  local topic = topics.of(chat, id)
  if not (topic and topic.thread) then
    local last_ms = math.max(tonumber(phone.made_ms or 0), tonumber(phone.asked_ms or 0))
    if clock.is_within(last_ms, topics.EACH_MS) then
      return
    end
    hash.set(keys.topics_phone .. chat, 'asked_ms', clock.ms())
  end
  topic = topic or {}
  topic.older = topic.context or topic.older
  topic.context, topic.pinned, topic.ended_ms = nil, nil, nil
  topic.lost, topic.flat, topic.unknowns, topic.failures, topic.hold_ms = nil, nil, nil, nil, nil
  note_chat(id, chat)
  topics.look(chat, id, topic, 'urgent')
end

-- An operator has said to whom goes what they have written in a thread that nobody knows. If a topic for that
-- conversation may have been made whose thread was never heard, it is this one.
function topics.adopt(chat, id, thread)
  local topic = topics.of(chat, id)
  if not topic or not topic.stray or topics.conversation_of(chat, thread) then
    return
  end
  topics.note_thread(chat, thread, id)
  topic.stray = nil
  if not topic.thread then
    topic.thread, topic.flat, topic.unknowns, topic.named = tonumber(thread), nil, nil, nil
    topics.look(chat, id, topic, 'urgent')
  else
    topics.keep(chat, id, topic)
  end
end

-- A step about a topic broke: it is not tried again until its conversation changes, and not made until the
-- next claim.
function topics.give_up(chat, id, what)
  if what == words.step.tell_flat then
    hash.remove(keys.topics_phone .. chat, 'tell')
    return
  end
  local topic = topics.of(chat, id)
  if topic then
    topic.due_ms, topic.making = nil, nil
    topic.flat = topic.flat or not topic.context or nil
    topics.keep(chat, id, topic)
  end
end

-- A customer's message has come into a topic, as these Telegram messages; when it is changed, they are, too. Of
-- very many, the oldest are left as they are.
local MOST_FOLLOW_UPS = 100
function topics.have_follow_up(chat, id, thread, messages)
  local topic = topics.of(chat, id)
  if not topic or topic.thread ~= thread then
    return
  end
  topic.follow_ups = topic.follow_ups or {}
  for _, message in ipairs(messages) do
    table.insert(topic.follow_ups, message)
  end
  while #topic.follow_ups > MOST_FOLLOW_UPS do
    table.remove(topic.follow_ups, 1)
  end
  topics.keep(chat, id, topic)
end

-- What comes in a topic has come: topics work there.
function topics.note_success(chat)
  local key = keys.topics_phone .. chat
  if hash.get(key, 'failures') then
    hash.remove(key, 'failures', 'flat_until_ms')
  end
end

-- How a topic is called now.
function topics.name_of(conversation, chat)
  if conversation.state == words.state.claimed and conversation.owner == chat then
    return words.topic_name.own, ''
  elseif conversation.state == words.state.claimed then
    return words.topic_name.passed, conversation.owner_name or ''
  elseif conversation.state == words.state.waiting and conversation.group then
    return words.topic_name.waits, ''
  end
  return words.topic_name.closed, ''
end

return topics
