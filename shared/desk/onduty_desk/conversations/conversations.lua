-- A conversation as Redis holds it, its place in the line, and who may have anything of it.
local lifetime = require 'conversations/lifetime'
local urgency = require 'lua/urgency'
local keys = require 'model/keys'

local conversations = {}

function conversations.read(id)
  local flat, conversation = redis.call('HGETALL', keys.conversation .. id), {}
  for i = 1, #flat, 2 do
    conversation[flat[i]] = flat[i + 1]
  end
  if conversation.group and not conversation.state then
    conversation.state = 'waiting'
  end
  return conversation
end

-- Whether anything of a conversation may be sent to a phone now.
function conversations.may_have(conversation, chat)
  if conversation.state == 'claimed' then
    return conversation.owner == chat
  end
  return conversation.state == 'waiting'
end

function conversations.score(conversation)
  return urgency.score(conversation.priority or 'normal', tonumber(conversation.waiting_since_ms or 0))
end

-- Let a conversation stand among those that nobody owns.
function conversations.wait_for_anyone(id, conversation)
  local key = keys.waiting .. conversation.group
  redis.call('ZADD', key, conversations.score(conversation), id)
  lifetime.outlast(key, id)
end

return conversations
