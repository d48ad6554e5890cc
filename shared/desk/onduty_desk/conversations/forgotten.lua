-- What was forgotten of late, by a fingerprint of the conversation's id: under which name its messages are
-- removed from phones, how many there were, and where operators' own are left. It says nothing of the customer.
local conversations = require 'conversations'
local clock, integer = require 'lua'
local keys = require 'model'

local forgotten = {}

local KEPT_S = 86400

local function key_of(id)
  return keys.forgotten .. redis.sha1hex(id)
end

-- A new record. Returns the name under which the rest goes on.
function forgotten.open(id)
  local removal = 'forgotten-' .. redis.sha1hex(clock.us() .. ' ' .. id)
  redis.call('DEL', key_of(id))
  redis.call('HSET', key_of(id), 'removal', removal)
  redis.call('EXPIRE', key_of(id), KEPT_S)
  return removal
end

function forgotten.count(id, messages)
  redis.call('HINCRBY', key_of(id), 'messages', messages)
  redis.call('EXPIRE', key_of(id), KEPT_S)
end

-- Operators' messages that stay on their phones, each as { chat, message, name }.
function forgotten.note_left(id, left)
  redis.call('HSET', key_of(id), 'left', cjson.encode(left))
end

function forgotten.settle(id)
  redis.call('HSET', key_of(id), 'done_ms', integer(clock.ms()))
  redis.call('EXPIRE', key_of(id), KEPT_S)
end

-- Under which name something that was on its way is removed; nil of a conversation that is there.
function forgotten.removal_of(id)
  local conversation = conversations.read(id)
  if conversation.forgotten then
    return conversation.forgotten
  elseif not conversation.group then
    return redis.call('HGET', key_of(id), 'removal') or nil
  end
end

return forgotten
