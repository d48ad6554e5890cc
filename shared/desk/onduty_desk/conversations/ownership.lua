-- Who owns a conversation. Each change is one step with all that follows from it: its
-- event, its timers, its cards. See model/machines.py.
local availability, claim_times = require 'availability'
local boards = require 'boards'
local assignment, audience, capacity, conversations, deadlines, decisions = require 'conversations'
local holding, lease, muted, offers, people_clock = require 'conversations'
local events = require 'events'
local clock, integer = require 'lua'
local armed_notes = require 'noting'
local nudges = require 'nudges'
local cards, copies, edits, notes = require 'phones'
local delays = require 'replies'
local operators = require 'roster'
local topics = require 'topics'
local keys, words = require 'model'

local ownership = {}

-- The nudge on the phone of who was the owner is about it no more.
local function drop_nudge(id, conversation)
  if conversation.nudged then
    nudges.drop(id, conversation.owner)
  end
end

local function wait_no_more(id, conversation)
  if redis.call('ZREM', keys.waiting .. conversation.group, id) == 1 then
    boards.line_changed(conversation.group)
  end
end

-- It changes hands: what was so until now is over. What its owner has written goes first.
function ownership.change_hands(id, conversation)
  delays.flush(id)
  offers.drop(id, conversation)
  if conversation.pass_to then
    assignment.may_take(conversation.pass_to)
  end
  drop_nudge(id, conversation)
  armed_notes.leave(conversation.owner, id)
  wait_no_more(id, conversation)
  deadlines.clear(id)
end

-- The event of a claim; of what was passed on, also to which group it belongs, and why.
local function emit_claim(id, conversation, fields, accepts)
  if not accepts then
    events.emit(id, words.event.conversation_claimed, fields)
    return
  end
  fields.group, fields.reason = conversation.group, conversation.pass_reason
  if not fields.previous then -- it waited
    fields.previous = operators.person(conversation.pass_by, conversation.pass_by_name)
  end
  events.emit(id, words.event.conversation_delegated, fields)
end

-- Give a conversation to an operator, who has asked for it, or `accepts` what a colleague passes on. Taken over,
-- its owner is told. Who has no room for it does not get it: returns why, and the number that is reached; else
-- nil.
function ownership.claim(rules, id, conversation, operator, name, accepts)
  local why_full, most = capacity.why_full(operator, conversation)
  if why_full then
    return why_full, most
  end
  local previous
  if conversation.state == words.state.claimed then
    previous = operators.person(conversation.owner, conversation.owner_name)
    holding.let_go(conversation.owner, id)
  end
  if conversation.state == words.state.waiting and not conversation.answered then
    claim_times.note(conversation.group, clock.ms() - tonumber(conversation.waiting_since_ms or clock.ms()))
  end
  holding.add(operator, id)
  ownership.change_hands(id, conversation)
  conversations.write(id, {
    state = words.state.claimed,
    owner = operator,
    owner_name = name,
    last_owner = operator,
    last_owner_name = name,
    offered_seq = conversation.last_seq,
  })
  if conversation.muted_ms then
    muted.forget(id)
  end
  if accepts then
    conversations.clear(id, 'handed_by_id', 'handed_reason')
    conversations.write(id, {
      handed_by = conversation.pass_by_name,
      handed_by_id = conversation.pass_by_name and conversation.pass_by,
      handed_reason = conversation.pass_reason,
    })
  end
  lease.run(rules, id, conversations.read(id))
  local fields = { operator = operators.person(operator, name), previous = previous }
  emit_claim(id, conversation, fields, accepts)
  local copy = copies.of(id, operator)
  copy.view, copy.view_until_ms, copy.over, copy.note = nil, nil, nil, nil
  copy.menu_until_ms, copy.passed_by = nil, nil
  copy.rung_ms = clock.ms() -- they look at it: as good as a ring
  if accepts and copy.card then
    copy.own_to, copy.version = tonumber(conversation.last_seq), -1
  end
  copies.keep(id, operator, copy)
  if not (accepts and copy.card) then
    cards.show(id, conversation, operator, true)
  end
  if previous and not accepts and availability.is_there(conversation.owner, conversation.group) then
    notes.request(id, conversation, conversation.owner, words.note.taken_over)
  end
  edits.request_all(id, operator)
  topics.want(rules, id, operator)
end

-- Let a conversation wait again and ring those who can answer; `reason` is the event's. They are rung
-- after `delay_ms`, if its owner can take it back until then, or it `is_for_one` of them first.
function ownership.release(id, conversation, reason, delay_ms, is_for_one)
  local owner, name = conversation.owner, conversation.owner_name
  local has_delay = is_for_one
    or (delay_ms or 0) > 0
      and availability.is_there(owner, conversation.group)
      and audience.has_others(conversation, owner)
  holding.let_go(owner, id)
  ownership.change_hands(id, conversation)
  conversations.clear(id, 'owner', 'owner_name')
  conversations.write(id, {
    state = words.state.waiting,
    returned_from = name,
    returned_by = owner,
    ring = reason,
    ring_except = owner,
    offered_seq = has_delay and conversation.last_seq or conversation.from_seq or '0',
  })
  conversations.wait_for_anyone(id, conversation)
  if has_delay then
    conversations.write(id, {
      first_until_ms = integer(people_clock.ms() + delay_ms),
      ring_delay_ms = not is_for_one and delay_ms or nil,
    })
  else
    conversations.let_route(id, conversation)
  end
  deadlines.stand(id)
  decisions.note('released', id, owner)
  events.emit(id, words.event.conversation_released, { operator = operators.person(owner, name), reason = reason })
  if reason == words.reason.lease_ended and availability.is_there(owner, conversation.group) then
    notes.request(id, conversation, owner, words.note.lost)
  end
  edits.request_all(id, owner)
  return has_delay
end

-- Be done with a conversation until the customer writes again. Closed by an operator, by the
-- backend, or, with the event's `reason`, by itself: then its owner may reopen it.
function ownership.close(id, conversation, operator, name, reason)
  if conversation.state == words.state.claimed then
    holding.let_go(conversation.owner, id)
  end
  ownership.change_hands(id, conversation)
  conversations.clear(id, 'owner', 'owner_name', 'handed_by', 'handed_by_id', 'handed_reason')
  conversations.write(id, {
    state = words.state.closed,
    calm = '1',
    offered_seq = conversation.last_seq or '0',
    closed_by = operator or reason and conversation.owner,
    closed_for = reason,
    kept_by = operator or conversation.owner,
  })
  deadlines.stand(id)
  decisions.note('closed', id, operator or reason and conversation.owner)
  events.emit(id, words.event.conversation_closed, {
    operator = operator and operators.person(operator, name) or nil,
    reason = reason,
  })
  edits.request_all(id, operator)
end

return ownership
