-- A conversation as Redis holds it (see model/fields.py), and its places in the lines.
local boards = require 'boards'
local key_lifetimes = require 'conversations'
local hash, urgency = require 'lua'
local group_rules = require 'roster'
local keys, words = require 'model'

local conversations = {}

-- Its fields, as they are now; of one that has expired, or is not routed yet, none.
function conversations.read(id)
  local conversation = hash.all(keys.conversation .. id)
  if conversation.group and not conversation.state then
    conversation.state = words.state.waiting
  end
  return conversation
end

-- Write fields. Where it is offered from anew, all are offered it.
function conversations.write(id, fields)
  if fields.offered_seq then
    hash.remove(keys.conversation .. id, 'offered_to')
  end
  for field, value in pairs(fields) do
    hash.set(keys.conversation .. id, field, value)
  end
end

-- Let fields not be there any more. Returns how many were.
function conversations.clear(id, ...)
  return hash.remove(keys.conversation .. id, ...)
end

-- Add one to a number. Returns what it is then.
function conversations.count(id, field)
  return hash.add(keys.conversation .. id, field, 1)
end

-- Its place in a line: the most urgent first, then who has waited longest.
function conversations.score(conversation)
  return urgency.score(conversation.priority or 'normal', tonumber(conversation.waiting_since_ms or 0))
end

-- Let a conversation stand among those that nobody owns.
function conversations.wait_for_anyone(id, conversation)
  local key = keys.waiting .. conversation.group
  if redis.call('ZADD', key, 'CH', conversations.score(conversation), id) == 1 then
    boards.line_changed(conversation.group)
  end
  key_lifetimes.outlast(key, id)
  if group_rules.of(conversation.group).escalation ~= '[]' then
    redis.call('ZADD', keys.escalations_due, 0, id) -- it is looked at when its next step is due
    key_lifetimes.outlast(keys.escalations_due, id)
  end
end

-- Have it routed, be it once more.
function conversations.let_route(id, conversation)
  redis.call('ZADD', keys.accepted, 'LT', conversations.score(conversation), id)
end

return conversations
