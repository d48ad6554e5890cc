-- One message at one phone, and which messages wait for which phones.
local transcript = require 'conversations'
local hash = require 'lua'
local keys, words = require 'model'

local deliveries = {}

function deliveries.state_of(message, chat)
  return hash.get(keys.deliveries .. message, chat)
end

function deliveries.mark(message, chat, state)
  hash.set(keys.deliveries .. message, chat, state)
end

-- Let a message wait for a phone. Its deliveries are forgotten with the conversation, which lasts so
-- long: this may be the first of them.
function deliveries.wait(message, chat, lasts_s)
  deliveries.mark(message, chat, words.delivery.waiting)
  hash.expire(keys.deliveries .. message, lasts_s)
end

function deliveries.is_sent(state)
  return state and string.sub(state, 1, 4) == words.delivery.sent
end

function deliveries.is_open(state)
  return state
    and (
      state == words.delivery.waiting
      or state == words.delivery.attempting
      or state == words.delivery.quiet
      or state == words.delivery.summarised
      or deliveries.is_sent(state)
    )
end

-- Let a message wait for those of some chats that do not have it, and note what is new for whom.
function deliveries.let_wait(message, chats, offered, news, lasts_s)
  hash.read_ahead(keys.deliveries .. message, chats)
  for _, chat in ipairs(chats) do
    local state = deliveries.state_of(message, chat)
    local is_new = not deliveries.is_open(state)
    if is_new then
      deliveries.mark(message, chat, words.delivery.waiting)
    end
    -- One that waits already may have lost its place while the conversation was offered anew.
    if is_new or state == words.delivery.waiting then
      news[chat] = news[chat] or offered
    end
  end
  hash.expire(keys.deliveries .. message, lasts_s)
end

-- From which place on a phone waits for messages of a conversation; nil or false if it does not.
function deliveries.cursor(id, chat)
  return hash.get(keys.cursor .. id, chat)
end

function deliveries.move_cursor(id, chat, seq)
  hash.set(keys.cursor .. id, chat, seq)
end

local READ_AT_ONCE = 50

-- Up to which place messages are offered; nil if none are.
local function offered_of(id)
  local conversation = hash.now(keys.conversation .. id)
  return conversation.offered_seq == conversation.last_seq and conversation.last_seq and '+inf'
    or conversation.offered_seq
end

-- The messages of a conversation that a phone still waits for, oldest first, at most `most`: those that
-- are offered, or up to another place. What is being offered anew waits, and is not sent yet.
function deliveries.pending(id, chat, most, upto)
  local cursor = deliveries.cursor(id, chat) or '0'
  local offered = upto or offered_of(id)
  local found = {}
  while offered and #found < most do
    local messages = transcript.between(id, '(' .. cursor, offered, READ_AT_ONCE)
    for i = 1, #messages, 2 do
      local state = #found < most and deliveries.state_of(messages[i], chat)
      if state == words.delivery.waiting or state == words.delivery.attempting then
        table.insert(found, messages[i])
      end
    end
    if #messages < 2 * READ_AT_ONCE then
      break
    end
    cursor = messages[#messages]
  end
  return found
end

-- Read for many phones at once what `pending` looks at first.
function deliveries.read_ahead(id, chats)
  hash.read_ahead(keys.cursor .. id, chats)
  local offered, by_message = offered_of(id), {}
  for _, chat in ipairs(offered and chats or {}) do
    local first = transcript.between(id, '(' .. (deliveries.cursor(id, chat) or '0'), offered, READ_AT_ONCE)[1]
    if first then
      by_message[first] = by_message[first] or {}
      table.insert(by_message[first], chat)
    end
  end
  for message, waiting in pairs(by_message) do
    hash.read_ahead(keys.deliveries .. message, waiting)
  end
end

-- Is there anybody else who was, or will be, told of this message?
function deliveries.someone_else_has(message, chat)
  for other, state in pairs(hash.all(keys.deliveries .. message)) do
    if other ~= chat and deliveries.is_open(state) then
      return true
    end
  end
  return false
end

-- The newest messages up to one, those of this round or, for who has opened it, of all.
function deliveries.newest(id, conversation, copy, most, upto)
  local from = copy.view and '-inf' or '(' .. (conversation.from_seq or '0')
  return transcript.newest(id, upto or '+inf', from, most)
end

return deliveries
