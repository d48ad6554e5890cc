-- A closed conversation's next round.
local availability = require 'availability'
local assignment_rules, capacity, conversations, people_clock, deadlines, muted = require 'conversations'
local clock, hash, integer = require 'lua'
local deliveries, edits, outbox = require 'phones'
local topics = require 'topics'
local keys, words = require 'model'

local rounds = {}

-- What phones still wait for of a round that is over comes no more.
function rounds.let_go_of_the_rest(id)
  for _, chat in ipairs(hash.fields(keys.cursor .. id)) do
    local messages = deliveries.pending(id, chat, 1000)
    for _, message in ipairs(messages) do
      if deliveries.state_of(message, chat) == words.delivery.waiting then
        deliveries.mark(message, chat, words.delivery.withdrawn)
      end
    end
    outbox.tidy(id, chat)
  end
end

-- The customer writes again: a new round begins behind the messages that have been seen, with cards
-- of its own; the old ones go. Its last owner is rung before the others, if they are available and
-- have room for it.
function rounds.reopen(rules, id, conversation, seen_seq)
  rounds.let_go_of_the_rest(id)
  if conversation.muted_ms then
    muted.forget(id)
  end
  conversations.clear(id, 'closed_by', 'closed_for', 'kept_by', 'answered', 'close_at_ms')
  conversations.write(id, {
    state = words.state.waiting,
    from_seq = seen_seq,
    offered_seq = seen_seq,
    waiting_since_ms = integer(clock.ms()),
    waiting_stopped_ms = integer(people_clock.stopped_ms()),
    was_with = conversation.last_owner_name or '',
  })
  local last = conversation.last_owner
  conversation = conversations.read(id)
  local can_come_first = last
    and not assignment_rules.is(conversation) -- there they are asked first
    and availability.is_available(last, conversation.group)
    and not capacity.why_full(last, conversation)
  if can_come_first then
    conversations.write(id, { first_until_ms = integer(people_clock.ms() + rules.first_ms) })
    deadlines.stand(id)
  end
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    edits.remove(id, chat)
  end
  topics.have_changed(id, true)
end

-- Closed by a tap that crossed a message of the customer's: what its phone had not shown is the next
-- round.
function rounds.reopen_with_unseen(rules, id, copy)
  local conversation = conversations.read(id)
  local seen = math.max(copy.rung_seq or 0, copy.drawn_seq or 0, tonumber(conversation.from_seq or 0))
  if seen >= tonumber(conversation.last_seq or 0) then
    return
  end
  rounds.reopen(rules, id, conversation, integer(seen))
  conversations.clear(id, 'calm')
  conversation = conversations.read(id)
  conversations.wait_for_anyone(id, conversation)
  conversations.let_route(id, conversation)
end

return rounds
