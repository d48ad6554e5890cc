-- An offer: somebody has passed a conversation on to a colleague, or the desk has offered one that waits, and
-- they have not answered yet. Until then it stays where it is: with its owner, or in its group's line.
local conversations, decisions, key_lifetimes, people_clock = require 'conversations'
local clock, integer = require 'lua'
local edits = require 'phones'
local keys = require 'model'

local offers = {}

-- When it is looked at whether there is an answer. Not among the timers: an older version would remove
-- one that it does not know.
local function look_at(id, at_ms)
  redis.call('ZADD', keys.offers_due, integer(at_ms), id)
  key_lifetimes.outlast(keys.offers_due, id)
end

-- Offer a conversation to somebody; `by` is who passes it on, each { id =, name = }; of an offer of the desk
-- both are ''.
function offers.make(id, to, by, reason, within_ms)
  redis.call('ZADD', keys.offers .. to.id, integer(clock.ms()), id)
  key_lifetimes.outlast(keys.offers .. to.id, id)
  conversations.clear(id, 'pass_first', 'pass_said') -- an older version may have left them
  conversations.write(id, {
    pass_to = to.id,
    pass_to_name = to.name,
    pass_by = by.id,
    pass_by_name = by.name,
    pass_reason = reason,
    pass_within_ms = integer(within_ms),
  })
  look_at(id, people_clock.ms() + within_ms)
  decisions.note(by.id == '' and 'offered' or 'asked', id, to.id, by.id)
end

-- Whether an operator is asked about any conversation.
function offers.has_any(operator)
  for _, id in ipairs(redis.call('ZRANGE', keys.offers .. operator, 0, -1)) do
    if conversations.read(id).pass_to == operator then
      return true
    end
    redis.call('ZREM', keys.offers .. operator, id) -- it has expired
  end
  return false
end

-- They have been told, by this message, who is asked.
function offers.note_said(id, conversation, message)
  if conversation.pass_said and conversation.pass_said ~= message then
    edits.delete(id, conversation.pass_by, conversation.pass_said) -- by another bot, of the same update
  end
  conversations.write(id, { pass_said = message })
end

-- It is not offered any more, if it was.
function offers.drop(id, conversation)
  redis.call('ZREM', keys.offers_due, id)
  if not conversation.pass_to then
    return
  end
  redis.call('ZREM', keys.offers .. conversation.pass_to, id)
  decisions.note('dropped', id, conversation.pass_to)
  if conversation.pass_said then
    edits.delete(id, conversation.pass_by, conversation.pass_said)
  end
  conversations.clear(id, 'pass_to', 'pass_to_name', 'pass_by', 'pass_by_name', 'pass_reason')
  conversations.clear(id, 'pass_within_ms', 'pass_shown', 'pass_gone', 'pass_first', 'pass_said')
end

-- The colleague's phone has got the card with the question: their time begins.
function offers.note_shown(id, conversation)
  if not conversation.pass_shown and not conversation.pass_gone then
    conversations.write(id, { pass_shown = '1' })
    look_at(id, people_clock.ms() + tonumber(conversation.pass_within_ms))
  end
end

-- Whether the time is over; it is not while the card is still on its way to the colleague's phone.
function offers.is_missed(id, conversation)
  if conversation.pass_shown or conversation.pass_gone then
    return true
  elseif not redis.call('ZSCORE', keys.outbox .. conversation.pass_to, id) then
    conversations.write(id, { pass_gone = '1' }) -- it was given up
    return true
  end
  look_at(id, people_clock.ms() + tonumber(conversation.pass_within_ms))
  return false
end

-- An operator goes off duty, or leaves a group: with the next look, what was offered to them there goes
-- back. `is_left` says whether a conversation is one of those.
function offers.leave(operator, is_left)
  for _, id in ipairs(redis.call('ZRANGE', keys.offers .. operator, 0, -1)) do
    local conversation = conversations.read(id)
    if conversation.pass_to == operator and is_left(conversation) then
      conversations.write(id, { pass_gone = '1' })
      look_at(id, people_clock.ms())
    elseif conversation.pass_to ~= operator then
      redis.call('ZREM', keys.offers .. operator, id)
    end
  end
end

return offers
