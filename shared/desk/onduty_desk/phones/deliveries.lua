-- One message at one phone, and which messages wait for which phones.
local keys, words = require 'model'

local deliveries = {}

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

local MOST_ARGUMENTS = 1000
local function let_some_wait(message, chats, from, offered, news)
  local to = math.min(from + MOST_ARGUMENTS - 1, #chats)
  local key = keys.deliveries .. message
  local states = redis.call('HMGET', key, unpack(chats, from, to))
  local fresh = {}
  for i, state in ipairs(states) do
    local chat = chats[from + i - 1]
    local is_new = not deliveries.is_open(state)
    if is_new then
      table.insert(fresh, chat)
      table.insert(fresh, words.delivery.waiting)
    end
    -- One that waits already may have lost its place while the conversation was offered anew.
    if is_new or state == words.delivery.waiting then
      news[chat] = news[chat] or offered
    end
  end
  if #fresh > 0 then
    redis.call('HSET', key, unpack(fresh))
  end
end

-- Let a message wait for those of some chats that do not have it, and note what is new for whom.
function deliveries.let_wait(message, chats, offered, news)
  for from = 1, #chats, MOST_ARGUMENTS do
    let_some_wait(message, chats, from, offered, news)
  end
end
local READ_AT_ONCE = 50

-- The messages of a conversation that a phone still waits for, oldest first, at most `most`.
function deliveries.pending(id, chat, most)
  local cursor = redis.call('HGET', keys.cursor .. id, chat) or '0'
  local offered = redis.call('HGET', keys.conversation .. id, 'offered_seq')
  local found = {}
  while offered and #found < most do
    local messages = redis.call(
      'ZRANGE',
      keys.messages .. id,
      '(' .. cursor,
      offered,
      'BYSCORE',
      'LIMIT',
      0,
      READ_AT_ONCE,
      'WITHSCORES'
    )
    for i = 1, #messages, 2 do
      local state = redis.call('HGET', keys.deliveries .. messages[i], chat)
      if (state == words.delivery.waiting or state == words.delivery.attempting) and #found < most then
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

-- Is there anybody else who was, or will be, told of this message?
function deliveries.someone_else_has(message, chat)
  local states = redis.call('HGETALL', keys.deliveries .. message)
  for i = 1, #states, 2 do
    if states[i] ~= chat and deliveries.is_open(states[i + 1]) then
      return true
    end
  end
  return false
end

-- The newest messages up to one, those of this round or, for who has opened it, of all.
function deliveries.newest(id, conversation, copy, most, upto)
  local from = copy.view and '-inf' or '(' .. (conversation.from_seq or '0')
  return redis.call('ZRANGE', keys.messages .. id, upto or '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, most)
end

return deliveries
