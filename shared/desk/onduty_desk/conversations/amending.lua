-- What the customer changes, or takes back, of what they wrote. Nobody is rung by it: what shows the message
-- is drawn anew.
local conversations, ownership, transcript = require 'conversations'
local json = require 'events'
local history = require 'history'
local clock, hash, integer = require 'lua'
local nudges = require 'nudges'
local copies, deliveries, edits, outbox, wake = require 'phones'
local operators = require 'roster'
local topics = require 'topics'
local keys, words = require 'model'

local amending = {}

local NO_WORDS = '🗑' -- a message must say something, also to versions that know no retraction
local MOST_OF_A_ROUND = 50

-- The message as it stands, if it is of this conversation and not retracted.
local function read(id, message)
  local text = message and redis.call('GET', keys.message .. message)
  local is_json, said = pcall(cjson.decode, text or '')
  if is_json and type(said) == 'table' and said.conversation_id == id and not said.retracted_at then
    return said
  end
end

local function write(message, said)
  if type(said.attachments) == 'table' and #said.attachments == 0 then
    said.attachments = json.EMPTY_LIST
  end
  redis.call('SET', keys.message .. message, json.of(said), 'KEEPTTL')
end

local function remember_first(said)
  said.was = said.was or redis.sha1hex(tostring(said.text))
end

-- Take the words of a message away; what is left tells a repeated push.
local function bury(message, said)
  remember_first(said)
  said.text, said.attachments, said.more_attachments, said.details = NO_WORDS, {}, 0, {}
  said.retracted_at = history.now()
  write(message, said)
end

-- The messages that show it on a phone, and the last of them.
local function shown_as(message, chat)
  local state = deliveries.state_of(message, chat)
  local sent = deliveries.is_sent(state) and string.sub(state, 6) or ''
  local shown, last = {}, nil
  for number in string.gmatch(sent, '%d+') do
    last = tonumber(number)
    shown[last] = true
  end
  return shown, last
end

-- Of follow-ups, the last that shows it says what it says now; what is above that goes.
local function draw_follow_ups(copy, follow_ups, message, version, shown, last)
  for _, bubble in ipairs(follow_ups) do
    if shown[bubble] and bubble == last then
      copies.rewrite_later(copy, bubble, message, version)
    elseif shown[bubble] then
      copies.remove_later(copy, bubble)
    end
  end
end

-- What shows the message on a phone is drawn anew: the card, or a follow-up of its own; what is above a card
-- goes, because the card has the rest.
local function draw(id, chat, copy, message, version)
  local shown, last = shown_as(message, chat)
  draw_follow_ups(copy, copy.bubbles or {}, message, version, shown, last)
  for _, part in ipairs(copy.parts or {}) do
    if shown[part] then
      copies.remove_later(copy, part)
    end
  end
  copy.version = copy.card and -1 or nil
  copies.keep(id, chat, copy)
  edits.request(id, chat)
end

-- In topics it stays, whosever the conversation is by now. Out of the group nobody sees new words.
local function draw_in_topics(id, conversation, message, version, is_taken_back)
  for chat in string.gmatch(conversation.topics or '', '%S+') do
    local topic = topics.of(chat, id)
    if topic and topic.follow_ups and (is_taken_back or operators.is_member(chat, conversation.group)) then
      local copy = copies.of(id, chat)
      draw_follow_ups(copy, topic.follow_ups, message, version, shown_as(message, chat))
      copies.keep(id, chat, copy)
      edits.request(id, chat)
    end
  end
end

local function draw_all(id, message, is_taken_back)
  conversations.write(id, { amended_ms = integer(clock.ms()) })
  local version = conversations.count(id, 'version')
  local conversation = conversations.read(id)
  draw_in_topics(id, conversation, message, version, is_taken_back)
  wake.dispatchers()
  if conversation.state == words.state.closed then
    return
  end
  topics.have_changed(id)
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    local copy = copies.of(id, chat)
    local is_told = conversation.state == words.state.waiting
      or conversation.owner == chat
      or conversation.pass_to == chat
      or copy.view
    if is_told then
      draw(id, chat, copy, message, version)
    end
  end
  if conversation.nudged and conversation.owner then
    nudges.draw_anew(conversation.owner)
  end
end

-- The customer has changed a message.
function amending.edit(id, message, text)
  local said = read(id, message)
  if not said or type(text) ~= 'string' or said.text == text then
    return
  end
  remember_first(said)
  said.text, said.edited_at = text, history.now()
  write(message, said)
  history.change(id, message, function(entry)
    entry.text, entry.edited_at = text, said.edited_at
  end)
  draw_all(id, message)
end

-- A message that was taken back before it was taken in: nobody learns of it.
function amending.drop(id, message)
  local said = read(id, message)
  if said then
    bury(message, said)
    redis.call('SADD', keys.dropped .. id, message)
    redis.call('EXPIRE', keys.dropped .. id, math.max(1, redis.call('TTL', keys.message .. message)))
  end
end

-- Nobody is rung for it any more. Returns whether a phone has shown it, or may have.
local function withdraw(id, message)
  local is_shown = false
  for chat, state in pairs(hash.all(keys.deliveries .. message)) do
    if state == words.delivery.waiting or state == words.delivery.quiet then
      is_shown = is_shown or state == words.delivery.quiet
      deliveries.mark(message, chat, words.delivery.withdrawn)
      outbox.tidy(id, chat)
    elseif state ~= words.delivery.withdrawn then
      is_shown = true
    end
  end
  return is_shown
end

-- Whether all that the customer has written in this round is taken back.
local function has_nothing_left(id, conversation)
  local round = transcript.between(id, '(' .. (conversation.from_seq or '0'), '+inf', MOST_OF_A_ROUND)
  for i = 1, #round, 2 do
    if read(id, round[i]) then
      return false
    end
  end
  return #round < 2 * MOST_OF_A_ROUND
end

-- The customer has taken a message back. If nothing is left of what they wrote, and nobody has seen it, there
-- is nobody to answer.
function amending.retract(id, message)
  local said = read(id, message)
  if not said then
    return
  end
  bury(message, said)
  history.change(id, message, function(entry)
    entry.text, entry.attachments, entry.deleted_at = '', nil, said.retracted_at
  end)
  local is_shown = withdraw(id, message)
  local conversation = conversations.read(id)
  if not is_shown and conversation.state == words.state.waiting and has_nothing_left(id, conversation) then
    ownership.close(id, conversation, nil, nil, words.closed.retracted)
  end
  draw_all(id, message, true)
end

return amending
