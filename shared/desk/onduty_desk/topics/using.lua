-- Whether what a customer writes comes into the topic on the phone of who owns the conversation, or flat, in
-- replies to the card.
local conversations = require 'conversations'
local clock, hash = require 'lua'
local copies, edits, wake = require 'phones'
local topics = require 'topics'
local keys, words = require 'model'

local using = {}

local FIRST_PAUSE_MS = 30000
local REFUSED_MS = 86400000 -- a bot whose topics are switched off is asked again after that
local MOST_LOST = 2 -- a topic is made anew once

-- The thread of the topic into which what a customer writes comes on the phone of who owns the conversation; 0 if
-- it comes flat.
function using.thread_of(id, chat)
  local thread = copies.of(id, chat).topic
  return thread and topics.are_used(hash.all(keys.topics_phone .. chat)) and thread or 0
end

-- From now on it comes into the topic; the card becomes one line.
function using.use(chat, id, topic)
  local copy = copies.of(id, chat)
  if copy.topic ~= topic.thread then
    copy.topic, copy.version = topic.thread, -1
    copies.keep(id, chat, copy)
    edits.request(id, chat, 'urgent')
  end
end

-- A card has come to who owns it, and their topic was there before: the card becomes one line, and what it has
-- shown up to `seq` that the topic has not is drawn into that, and no page that was looked at before.
function using.have_card(chat, id, copy, seq)
  local topic = topics.of(chat, id)
  if not (topic and topic.context and topics.are_used(hash.all(keys.topics_phone .. chat))) then
    return
  end
  copy.topic, copy.version = topic.thread, -1
  topic.upto = math.max(topic.upto or 0, seq)
  topics.keep(chat, id, topic)
  topics.redraw(chat, id)
end

-- From now on it comes flat; the card shows all that has come.
function using.leave(chat, id)
  local copy = copies.of(id, chat)
  if copy.topic then
    copy.topic, copy.version = nil, -1
    copy.own_to = copy.card and math.max(copy.own_to or 0, copy.rung_seq or 0) or copy.own_to
    copies.keep(id, chat, copy)
    if conversations.read(id).group then
      edits.request(id, chat, 'urgent')
    end
  end
end

-- The same for all conversations of a phone; each topic is looked at again when they are used again.
function using.leave_all(chat, at_ms)
  for id, topic in pairs(topics.all(chat)) do
    topic.due_ms = at_ms or topic.due_ms
    topics.keep(chat, id, topic)
    using.leave(chat, id)
  end
  if at_ms then
    topics.line_up(chat, 'edits', at_ms)
  end
end

-- The operator has deleted the topic, or their phone has lost it. It is made anew once.
function using.lose(chat, id, topic)
  topic.thread, topic.context, topic.pinned, topic.named, topic.check, topic.older = nil, nil, nil, nil, nil, nil
  topic.follow_ups = nil
  topic.lost = (topic.lost or 0) + 1
  topic.flat = topic.lost >= MOST_LOST or nil
  using.leave(chat, id)
  topics.look(chat, id, topic, 'urgent')
end

-- Nothing comes into topics there, though it does elsewhere: flat for a while that doubles.
function using.pause(chat)
  local key = keys.topics_phone .. chat
  local failures = hash.add(key, 'failures', 1)
  local until_ms = clock.ms() + math.min(FIRST_PAUSE_MS * 2 ^ (failures - 1), topics.LONGEST_HOLD_MS)
  hash.set(key, 'flat_until_ms', until_ms)
  using.leave_all(chat, until_ms)
end

-- The bot has no topics any more. The operator is told once.
function using.refuse(chat)
  local key = keys.topics_phone .. chat
  local until_ms = clock.ms() + REFUSED_MS
  hash.set(key, 'refused_until_ms', until_ms)
  using.leave_all(chat, until_ms)
  if not hash.get(key, 'told') then
    hash.set(key, 'told', '1')
    hash.set(key, 'tell', '1')
    topics.line_up(chat, 'urgent')
  end
end

-- What came of something for a topic that was not taken.
function using.trouble(chat, id, topic, trouble)
  if trouble == words.topic_trouble.off then
    using.refuse(chat)
  elseif trouble == words.topic_trouble.gone then
    using.lose(chat, id, topic)
  else
    using.pause(chat)
  end
  wake.dispatchers()
end

return using
