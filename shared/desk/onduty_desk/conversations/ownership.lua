-- Who owns a conversation, and until when. Each change is one step with all that follows from it: its
-- event, its timers, its cards. See model/machines.py.
local conversations, expiry, people_clock, deadlines = require 'conversations'
local events = require 'events'
local clock, integer = require 'lua'
local cards, copies, edits, notes, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local ownership = {}

local function nudge_at(rules)
  return integer(people_clock.ms() + rules.nudge_ms)
end

-- The owner is at it: the lease begins anew.
function ownership.renew(rules, id, conversation)
  conversations.write(id, { nudge_at_ms = nudge_at(rules) })
  if conversations.clear(id, 'nudged', 'return_at_ms') > 0 then
    edits.request(id, conversation.owner)
    wake.dispatchers()
  end
  deadlines.stand(id)
end

-- Give a conversation to an operator, who has asked for it; or, with a note to ring them by, to one
-- it was passed to. Taken over, its owner is told.
function ownership.claim(rules, id, conversation, operator, name, note)
  local previous
  if conversation.state == words.state.claimed then
    previous = operators.person(conversation.owner, conversation.owner_name)
    redis.call('ZREM', keys.claims .. conversation.owner, id)
  end
  redis.call('ZREM', keys.waiting .. conversation.group, id)
  redis.call('ZADD', keys.claims .. operator, integer(clock.ms()), id)
  expiry.outlast(keys.claims .. operator, id)
  deadlines.clear(id)
  conversations.write(id, {
    state = words.state.claimed,
    owner = operator,
    owner_name = name,
    last_owner = operator,
    last_owner_name = name,
    nudge_at_ms = nudge_at(rules),
    calm = '1',
    offered_seq = conversation.last_seq,
  })
  deadlines.stand(id)
  local event = note and words.event.conversation_delegated or words.event.conversation_claimed
  events.emit(id, event, { operator = operators.person(operator, name), previous = previous })
  local copy = copies.of(id, operator)
  copy.view, copy.view_until_ms, copy.over, copy.note = nil, nil, nil, note
  copy.passed_by = note and conversation.owner_name
  copies.keep(id, operator, copy)
  cards.show(id, conversation, operator, not note)
  if note then
    notes.request(id, conversation, operator, note)
  elseif previous and operators.is_on_duty(conversation.owner) then
    notes.request(id, conversation, conversation.owner, words.note.taken_over)
  end
  edits.request_all(id, operator)
end

-- Let a conversation wait again and ring those who can answer; `reason` is the event's.
function ownership.release(id, conversation, reason)
  local owner, name = conversation.owner, conversation.owner_name
  redis.call('ZREM', keys.claims .. owner, id)
  deadlines.clear(id)
  conversations.clear(id, 'owner', 'owner_name')
  conversations.write(id, {
    state = words.state.waiting,
    returned_from = name,
    returned_by = owner,
    ring = reason,
    ring_except = owner,
    offered_seq = conversation.from_seq or '0',
  })
  deadlines.stand(id)
  conversations.wait_for_anyone(id, conversation)
  conversations.let_route(id, conversation)
  events.emit(id, words.event.conversation_released, { operator = operators.person(owner, name), reason = reason })
  if reason == words.reason.lease_ended and operators.is_on_duty(owner) then
    notes.request(id, conversation, owner, words.note.lost)
  end
  edits.request_all(id, owner)
end

-- Be done with a conversation until the customer writes again. Closed by an operator, or by the
-- backend.
function ownership.close(id, conversation, operator, name)
  if conversation.state == words.state.claimed then
    redis.call('ZREM', keys.claims .. conversation.owner, id)
  end
  redis.call('ZREM', keys.waiting .. conversation.group, id)
  deadlines.clear(id)
  conversations.clear(id, 'owner', 'owner_name')
  conversations.write(id, {
    state = words.state.closed,
    calm = '1',
    offered_seq = conversation.last_seq or '0',
    closed_by = operator,
  })
  deadlines.stand(id)
  events.emit(id, words.event.conversation_closed, { operator = operator and operators.person(operator, name) or nil })
  edits.request_all(id, operator)
end

return ownership
