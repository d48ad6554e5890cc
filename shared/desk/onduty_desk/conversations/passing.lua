-- Passing a conversation on: to a colleague, who accepts or declines, or into another group's line.
local availability = require 'availability'
local assignment_rules, assignment, conversations, decisions, holding = require 'conversations'
local lease, waiting_messages, name_entries, offers, ownership, rounds, operators_rung = require 'conversations'
local events = require 'events'
local clock, hash, integer = require 'lua'
local cards, copies, edits, notes, wake = require 'phones'
local delays = require 'replies'
local group_rules, operators = require 'roster'
local topics = require 'topics'
local keys, words = require 'model'

local passing = {}

local function draw(id, conversation, colleague)
  conversations.count(id, 'version')
  for _, chat in ipairs({ conversation.owner or false, colleague }) do
    if chat then
      edits.request(id, chat)
    end
  end
  topics.have_changed(id)
  wake.dispatchers()
end

-- Ask a colleague, by a card that rings. The owner stays who they are, and their lease stands still.
function passing.offer(id, conversation, to, by, reason)
  delays.flush(id)
  if conversation.owner then
    lease.ask_no_more(id, conversation)
  end
  offers.make(id, to, by, reason, 1000 * group_rules.of(conversation.group).accept_within)
  conversation = conversations.read(id)
  cards.ring_by_newest(id, conversation, to.id)
  draw(id, conversation, to.id)
end

local LATER_MS = 5000 -- so long after the time to answer, which begins when the colleague has got the card

-- Let it wait for its group again, but for one of them first: they are asked, and the others are rung when they
-- have declined, or their time is over.
function passing.to_line(id, conversation, to, by)
  local within_ms = 1000 * group_rules.of(conversation.group).accept_within
  ownership.release(id, conversation, words.reason.released, within_ms + LATER_MS, true)
  offers.make(id, to, by, nil, within_ms)
  conversations.write(id, { pass_first = '1' })
  cards.ring_by_newest(id, conversations.read(id), to.id)
  draw(id, conversation, to.id)
end

-- It waits, and whoever was asked before the others does not take it: they are rung. Who has `declined` is not.
local function ring_the_others(id, conversation, why)
  if why == words.note.declined then
    operators_rung.decline(id, conversation, conversation.pass_to)
  end
  assignment.pass_over(id, conversation, conversation.pass_to)
  waiting_messages.offer_to_others(id, conversation)
  conversations.let_route(id, conversation)
end

-- Who is told that it was not taken: its owner, or, of one that waits, who passed it on.
local function tell(id, conversation, why)
  local whom = conversation.owner or conversation.pass_by
  if operators.is_member(whom, conversation.group) then
    local copy = copies.of(id, whom)
    copy.note_by = conversation.pass_to_name
    notes.request(id, conversation, whom, why, copy)
  end
  if why == words.note.missed and operators.is_member(conversation.pass_to, conversation.group) then
    notes.request(id, conversation, conversation.pass_to, words.note.too_late)
  end
end

-- It is not accepted, because it was 'declined' or 'missed', the colleague is 'gone', or, with no reason,
-- its owner has thought again. It is its owner's still; off duty or paused, it waits for their group.
function passing.hand_back(rules, id, conversation, why)
  local colleague = conversation.pass_to
  offers.drop(id, conversation)
  assignment.may_take(colleague)
  if conversation.owner and why and not availability.is_there(conversation.owner, conversation.group) then
    local is_paused = availability.is_paused(conversation.owner)
    ownership.release(id, conversations.read(id), is_paused and words.reason.paused or words.reason.off_duty)
    return
  elseif conversation.owner then
    lease.renew(rules, id, conversations.read(id))
  end
  if why then
    tell(id, conversation, why)
  end
  if not conversation.owner and conversation.pass_first and conversation.first_until_ms then
    ring_the_others(id, conversation, why)
  end
  assignment.serve_later(conversation.group)
  draw(id, conversation, colleague)
end

-- The time that a colleague has to answer is over. Returns what came of it.
function passing.look(rules, id, conversation)
  if not conversation.pass_to or conversation.state == words.state.closed then -- by an older version
    offers.drop(id, conversation)
    return 'kept'
  elseif not offers.is_missed(id, conversation) then
    return 'kept'
  end
  local is_gone = conversation.pass_gone or not conversation.pass_shown
  local why = is_gone and words.note.gone or words.note.missed
  if assignment_rules.is_offered(conversation) then
    return assignment.end_offer(id, conversation, why)
  end
  passing.hand_back(rules, id, conversation, why)
  return 'handed_back'
end

-- Its cards go from the phones of those who may not have it any more.
local function take_from_others(id, group)
  rounds.let_go_of_the_rest(id)
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    if not operators.is_member(chat, group) then
      edits.remove(id, chat)
    end
  end
end

-- Put it into another group's line, whose operators are rung. It stays in that group until it is closed,
-- whatever group a later message names. `by` is who passes it on; nil if the rules of its group do.
function passing.to_group(id, conversation, group, by, reason)
  if conversation.owner then
    holding.let_go(conversation.owner, id)
  end
  ownership.change_hands(id, conversation)
  conversations.clear(id, 'owner', 'owner_name', 'last_owner', 'last_owner_name')
  conversations.clear(id, 'handed_by', 'handed_by_id', 'handed_reason')
  name_entries.leave_group(conversation, id)
  conversations.write(id, {
    state = words.state.waiting,
    group = group,
    kept_group = '1',
    handed_by = by and by.name,
    handed_by_id = by and by.id,
    handed_reason = reason,
    ring = words.event.conversation_delegated,
    ring_except = by and by.id or '',
    offered_seq = conversation.from_seq or '0',
  })
  redis.call('ZADD', keys.to_index, integer(clock.ms()), id)
  take_from_others(id, group)
  local moved = conversations.read(id)
  conversations.wait_for_anyone(id, moved)
  conversations.let_route(id, moved)
  decisions.note('moved', id, by and by.id)
  events.emit(id, words.event.conversation_delegated, {
    previous = by and operators.person(by.id, by.name),
    group = group,
    reason = reason,
  })
  edits.request_all(id)
end

return passing
