-- Who owns a conversation, and until when. Each change is one step with all that follows from it: its
-- event, its timers, its cards.
local conversations = require 'conversations/conversations'
local lifetime = require 'conversations/lifetime'
local people_clock = require 'conversations/people_clock'
local timers = require 'conversations/timers'
local events = require 'events/events'
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local cards = require 'phones/cards'
local copies = require 'phones/copies'
local edits = require 'phones/edits'
local notes = require 'phones/notes'
local wake = require 'phones/wake'
local operators = require 'roster/operators'
local keys = require 'model/keys'

local ownership = {}

-- The owner is at it: the lease begins anew.
function ownership.renew(rules, id, conversation)
  local key = keys.conversation .. id
  redis.call('HSET', key, 'nudge_at_ms', integer(people_clock.ms() + rules.nudge_ms))
  if redis.call('HDEL', key, 'nudged', 'return_at_ms') > 0 then
    edits.request(id, conversation.owner)
    wake.dispatchers()
  end
  timers.stand(id)
end

-- Whether a conversation that is let go rings anybody.
function ownership.has_others(group, operator)
  local others = redis.call('ZCARD', keys.duty .. group)
  return others > (redis.call('ZSCORE', keys.duty .. group, operator) and 1 or 0)
end

-- Give a conversation to an operator, who has asked for it; or, with a note to ring them by, to one
-- it was passed to. Taken over, its owner is told.
function ownership.claim(rules, id, conversation, operator, name, note)
  local key, now = keys.conversation .. id, clock.ms()
  local previous
  if conversation.state == 'claimed' then
    previous = operators.person(conversation.owner, conversation.owner_name)
    redis.call('ZREM', keys.claims .. conversation.owner, id)
  end
  redis.call('ZREM', keys.waiting .. conversation.group, id)
  redis.call('ZADD', keys.claims .. operator, integer(now), id)
  lifetime.outlast(keys.claims .. operator, id)
  timers.clear(id)
  redis.call(
    'HSET',
    key,
    'state',
    'claimed',
    'owner',
    operator,
    'owner_name',
    name,
    'last_owner',
    operator,
    'last_owner_name',
    name,
    'calm',
    '1',
    'nudge_at_ms',
    integer(people_clock.ms() + rules.nudge_ms)
  )
  timers.stand(id)
  events.emit(
    id,
    note and 'conversation.delegated' or 'conversation.claimed',
    { operator = operators.person(operator, name), previous = previous }
  )
  redis.call('HSET', key, 'offered_seq', conversation.last_seq)
  local copy = copies.of(id, operator)
  copy.view, copy.view_until_ms, copy.over, copy.note = nil, nil, nil, note
  copy.passed_by = note and conversation.owner_name
  copies.keep(id, operator, copy)
  cards.show(id, conversation, operator, not note)
  if note then
    notes.request(id, operator, copies.of(id, operator), note, conversations.score(conversation))
  end
  if previous and not note and operators.is_on_duty(conversation.owner) then
    notes.request(
      id,
      conversation.owner,
      copies.of(id, conversation.owner),
      'taken_over',
      conversations.score(conversation)
    )
  end
  edits.request_all(id, operator)
end

-- Let a conversation wait again and ring those who can answer; `reason` is the event's.
function ownership.release(id, conversation, reason)
  local key = keys.conversation .. id
  local owner, name = conversation.owner, conversation.owner_name
  redis.call('ZREM', keys.claims .. owner, id)
  timers.clear(id)
  redis.call('HDEL', key, 'owner', 'owner_name')
  redis.call(
    'HSET',
    key,
    'state',
    'waiting',
    'returned_from',
    name,
    'returned_by',
    owner,
    'ring',
    reason,
    'ring_except',
    owner,
    'offered_seq',
    conversation.from_seq or '0'
  )
  timers.stand(id)
  conversations.wait_for_anyone(id, conversation)
  redis.call('ZADD', keys.accepted, 'LT', conversations.score(conversation), id)
  events.emit(id, 'conversation.released', { operator = operators.person(owner, name), reason = reason })
  if reason == 'lease_ended' and operators.is_on_duty(owner) then
    notes.request(id, owner, copies.of(id, owner), 'lost', conversations.score(conversation))
  end
  edits.request_all(id, owner)
end

-- Be done with a conversation until the customer writes again. Closed by an operator, or by the
-- backend.
function ownership.close(id, conversation, operator, name)
  local key = keys.conversation .. id
  if conversation.state == 'claimed' then
    redis.call('ZREM', keys.claims .. conversation.owner, id)
  end
  redis.call('ZREM', keys.waiting .. conversation.group, id)
  timers.clear(id)
  redis.call('HDEL', key, 'owner', 'owner_name')
  redis.call('HSET', key, 'state', 'closed', 'calm', '1', 'offered_seq', conversation.last_seq or '0')
  if operator then
    redis.call('HSET', key, 'closed_by', operator)
  end
  timers.stand(id)
  events.emit(id, 'conversation.closed', { operator = operator and operators.person(operator, name) or nil })
  edits.request_all(id, operator)
end

return ownership
