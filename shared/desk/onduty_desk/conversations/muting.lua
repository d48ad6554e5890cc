-- Mute a conversation whose customer only disturbs, and undo that.
local conversations, key_lifetimes, muted, ownership, rounds = require 'conversations'
local events = require 'events'
local clock, integer = require 'lua'
local edits = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local muting = {}

-- Of those that have expired nothing is left but their place in the list, which goes by and by.
local LOOKED_AT = 5
local function forget_expired()
  local from = clock.ms() % math.max(1, redis.call('ZCARD', keys.muted))
  for _, id in ipairs(redis.call('ZRANGE', keys.muted, integer(from), integer(from + LOOKED_AT - 1))) do
    if not conversations.read(id).muted_ms then
      redis.call('ZREM', keys.muted, id)
    end
  end
end

-- Close it, unless it is closed, and let its customer ring nobody until somebody undoes it.
function muting.mute(id, conversation, operator, name)
  if conversation.state ~= words.state.closed then
    ownership.close(id, conversation, operator, name)
  end
  conversations.write(id, {
    muted_ms = integer(clock.ms()),
    muted_by = name,
    muted_seq = conversation.last_seq or '0',
  })
  forget_expired()
  redis.call('ZADD', keys.muted, integer(clock.ms()), id)
  key_lifetimes.outlast(keys.muted, id)
  events.emit(id, words.event.conversation_muted, { operator = operators.person(operator, name) })
  edits.request_all(id, operator)
end

-- What was written since then is the next round; if that is nothing, it is closed as any other.
function muting.undo(rules, id, conversation)
  muted.forget(id)
  if tonumber(conversation.muted_seq or 0) >= tonumber(conversation.last_seq or 0) then
    edits.request_all(id)
    return
  end
  rounds.reopen(rules, id, conversation, conversation.muted_seq)
  conversation = conversations.read(id)
  conversations.wait_for_anyone(id, conversation)
  conversations.let_route(id, conversation)
end

return muting
