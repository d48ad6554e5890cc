-- What one topic needs: to be made and filled for its owner, to be named, to show what is so now.
local conversations = require 'conversations'
local clock, hash = require 'lua'
local copies, deliveries, pages = require 'phones'
local card_view = require 'phones/steps'
local operators = require 'roster'
local topics, using = require 'topics'
local keys, words = require 'model'

local topic_steps = {}

local MOST_UNKNOWNS = 2 -- each may have left a topic behind whose id nobody knows

-- A step about a topic; with the card of its conversation, if it shows that.
local function step_of(chat, is_on, what, id, topic, messages, card)
  local conversation = conversations.read(id)
  local copy = card and card.copy or copies.of(id, chat)
  local kind, name = topics.name_of(conversation, chat)
  local step = {
    what = what,
    id = id,
    conversation = conversation,
    copy = copy,
    messages = messages,
    changed = { topic.context },
    upto = card and card.upto,
    page = card and card.page,
    is_whole = true,
  }
  local about = cjson.encode({
    thread = topic.thread or 0,
    kind = kind,
    name = name,
    context = topic.context or 0,
    version = tonumber(conversation.version or 0),
    upto = tonumber(conversation.last_seq or 0),
  })
  step.view = about .. '\n' .. card_view.of(chat, step, is_on)
  return step
end

-- The same with what the card would show, had the phone no topics.
local function with_card(chat, is_on, what, id, topic, most_messages)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  local upto = is_theirs and topic.context and topic.upto or nil
  copies.end_look(copy)
  if not operators.is_member(chat, conversation.group) then
    copy.view = nil
    local seen = math.max(copy.rung_seq or 0, copy.drawn_seq or 0, topic.upto or 0)
    upto = seen > tonumber(conversation.from_seq or 0) and seen or nil
  end
  local page = pages.of(conversation, copy)
  local messages = page and pages.messages(id, page)
    or deliveries.newest(id, conversation, copy, most_messages, not page and upto or nil)
  return step_of(chat, is_on, what, id, topic, messages, { copy = copy, upto = not page and upto or nil, page = page })
end

local function with_name(chat, is_on, what, id, topic)
  local conversation = conversations.read(id)
  return step_of(chat, is_on, what, id, topic, deliveries.newest(id, conversation, { view = '' }, 1))
end

-- Make it, under the name of the lease: that is written down before, so that a sender who dies is known of.
local function make(chat, token, is_on, id, topic)
  local made_ms = tonumber(hash.get(keys.topics_phone .. chat, 'made_ms') or 0)
  if topic.making then
    topic.making, topic.unknowns, topic.stray = nil, (topic.unknowns or 0) + 1, true
    topics.keep(chat, id, topic)
  end
  if (topic.unknowns or 0) >= MOST_UNKNOWNS then
    topic.flat = true
    topics.keep(chat, id, topic)
    return nil
  elseif clock.is_within(made_ms, topics.EACH_MS) then
    return nil, made_ms + topics.EACH_MS
  end
  local step = with_name(chat, is_on, words.step.make_topic, id, topic)
  function step.begin()
    topic.making = token
    topics.keep(chat, id, topic)
    hash.set(keys.topics_phone .. chat, 'made_ms', clock.ms())
  end
  return step
end

-- What its owner needs of it.
function topic_steps.of_owner(chat, token, is_on, id, topic, most_messages)
  if topic.flat then
    return nil
  elseif not topic.thread then
    return make(chat, token, is_on, id, topic)
  elseif not topic.context then
    return with_card(chat, is_on, words.step.send_context, id, topic, most_messages)
  elseif topic.check then
    return with_name(chat, is_on, words.step.rename_topic, id, topic)
  elseif not topic.pinned then
    return step_of(chat, is_on, words.step.pin_context, id, topic, {})
  end
  using.use(chat, id, topic)
end

-- What it shows, and how it is called.
function topic_steps.of_view(chat, token, is_on, id, topic, most_messages)
  local conversation = conversations.read(id)
  if topic.remove then
    return step_of(chat, is_on, words.step.delete_topic, id, topic, {})
  elseif not conversation.group then -- expired: nobody knows the customer's name any more
    return nil
  end
  local kind, name = topics.name_of(conversation, chat)
  if topic.named ~= kind .. ' ' .. name then
    return with_name(chat, is_on, words.step.rename_topic, id, topic)
  elseif topic.context and (topic.version or -1) < tonumber(conversation.version or 0) then
    local step = with_card(chat, is_on, words.step.edit_context, id, topic, most_messages)
    function step.begin()
      topic.drawing = token
      topics.keep(chat, id, topic)
    end
    return step
  end
end

-- The bot has no topics any more: its operator is told.
function topic_steps.tell_flat(chat)
  return {
    what = words.step.tell_flat,
    id = '',
    conversation = {},
    copy = {},
    messages = {},
    is_whole = true,
    view = cjson.encode({ thread = 0, kind = words.topic_name.own, name = '', context = 0, version = 0, upto = 0 })
      .. '\n'
      .. card_view.of(chat, { what = words.step.tell_flat, conversation = {}, copy = {} }, true),
  }
end

return topic_steps
