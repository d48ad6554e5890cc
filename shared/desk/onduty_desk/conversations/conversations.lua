-- A conversation as Redis holds it (see model/fields.py), and its places in the lines.
local expiry = require 'conversations'
local urgency = require 'lua'
local keys, words = require 'model'

local conversations = {}

-- Its fields; of one that has expired, or is not routed yet, none.
function conversations.read(id)
  local flat, conversation = redis.call('HGETALL', keys.conversation .. id), {}
  for i = 1, #flat, 2 do
    conversation[flat[i]] = flat[i + 1]
  end
  if conversation.group and not conversation.state then
    conversation.state = words.state.waiting
  end
  return conversation
end

function conversations.write(id, fields)
  local flat = {}
  for field, value in pairs(fields) do
    flat[#flat + 1], flat[#flat + 2] = field, value
  end
  redis.call('HSET', keys.conversation .. id, unpack(flat))
end

-- Its place in a line: the most urgent first, then who has waited longest.
function conversations.score(conversation)
  return urgency.score(conversation.priority or 'normal', tonumber(conversation.waiting_since_ms or 0))
end

-- Let a conversation stand among those that nobody owns.
function conversations.wait_for_anyone(id, conversation)
  local key = keys.waiting .. conversation.group
  redis.call('ZADD', key, conversations.score(conversation), id)
  expiry.outlast(key, id)
end

-- Have it routed, be it once more.
function conversations.let_route(id, conversation)
  redis.call('ZADD', keys.accepted, 'LT', conversations.score(conversation), id)
end

return conversations
