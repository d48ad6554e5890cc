-- What of a phone's outbox is sent next.
local audience, conversations, transcript = require 'conversations'
local clock, hash, isolate = require 'lua'
local nudges = require 'nudges'
local aside, cards, copies, deliveries, notes, outbox, places = require 'phones'
local attempts = require 'phones/steps'
local keys, words = require 'model'

local next_send = {}

local PASSED_OVER = 50 -- held conversations that a call looks behind
local OFFERED_AGAIN_MS = 200 -- what a phone waits for is being offered anew, to others too
local LOOKED_AT = 100 -- conversations of one phone, held or not, that a call looks at

-- Whether what is new rings, or is only drawn into the card that the phone has.
local function rings(rules, conversation, copy)
  return not copy.card
    or copy.anew
    or copy.note
    or conversation.state == words.state.claimed
    or not clock.is_within(copy.rung_ms or 0, rules.ring_ms)
    or tonumber(conversation.urgent_seq or 0) > (copy.rung_seq or 0)
end

-- Whether a follow-up for its owner comes without a ring: soon after the last one, and not urgent.
local function is_soft(rules, conversation, copy)
  return conversation.state == words.state.claimed
    and copy.card
    and not copy.note
    and not copy.anew
    and clock.is_within(copy.rung_ms or 0, rules.owner_ring_ms)
    and tonumber(conversation.urgent_seq or 0) <= (copy.rung_seq or 0)
end

local function let_go(id, chat)
  local attempt = attempts.of(chat)
  if attempt and attempt.conversation == id then
    attempts.withdraw(chat, attempt)
  else
    outbox.withdraw(id, chat, 50)
  end
end

-- What was to be told is not so any more.
function next_send.is_over(note, conversation, chat)
  return note == words.note.passed and conversation.owner ~= chat
    or note == words.note.taken_over and (conversation.state ~= words.state.claimed or conversation.owner == chat)
end

-- Whether an attempt is only about what the customer wrote before the conversation was closed.
local function is_of_a_round_before(attempt, conversation)
  local last = transcript.seq_of(attempt.conversation, attempt.messages[#attempt.messages])
  return last and last <= tonumber(conversation.from_seq or 0)
end

-- A note of an older version called for an answer: a card rings in its place.
local CALLS = { [words.reason.released] = true, [words.reason.lease_ended] = true, [words.reason.off_duty] = true }
local function carry_over(id, chat, conversation, copy)
  copy.note = nil
  copies.keep(id, chat, copy)
  cards.ring_again(id, conversation, chat)
  return copies.of(id, chat)
end

-- What one conversation of a phone's outbox wants; or nil and until when it is held, if it is: else
-- it is done with, or has left the outbox.
local function send_of(rules, id, chat, most_messages)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  if copies.is_held(copy) then
    return nil, copy.hold_ms
  end
  if CALLS[copy.note] then
    copy = carry_over(id, chat, conversation, copy)
  elseif copy.note == words.note.nudge then -- of an older version, which asks about each in a message
    copy.note = nil
    copies.keep(id, chat, copy)
    if conversation.nudged and conversation.owner == chat then
      nudges.add(id, chat)
    end
  end
  local messages = deliveries.pending(id, chat, copy.broke and 1 or most_messages)
  if next_send.is_over(copy.note, conversation, chat) or not conversation.group then -- or it has expired
    copy.note = nil
    copies.keep(id, chat, copy)
  end
  local is_for_anyone = notes.ARE_FOR_ANYONE[copy.note or '']
  local is_only_told = is_for_anyone and #messages == 0
  if conversation.group and not audience.may_have(conversation, chat, copy.silent) and not is_only_told then
    let_go(id, chat)
  elseif #messages > 0 and rings(rules, conversation, copy) then
    if copy.quiet_seq then
      outbox.no_longer_quiet(id, chat, copy)
      messages = deliveries.pending(id, chat, copy.broke and 1 or most_messages)
    end
    return {
      what = words.step.send,
      id = id,
      conversation = conversation,
      copy = copy,
      messages = messages,
      is_soft = is_soft(rules, conversation, copy),
    }
  elseif #messages > 0 then
    outbox.keep_quiet(id, chat, copy, messages)
    outbox.tidy(id, chat)
  elseif copy.note and conversation.group then
    local is_found = copy.note == words.note.found
    return {
      what = words.step.send_note,
      id = id,
      conversation = conversation,
      copy = copy,
      messages = deliveries.newest(id, conversation, is_found and {} or copy, is_found and most_messages or 1),
    }
  elseif outbox.tidy(id, chat) then
    return nil, clock.ms() + OFFERED_AGAIN_MS
  end
end

-- What a sender began and never settled, as it was; nil if it is not so any more.
local function attempt_under_way(rules, chat)
  local attempt, json = attempts.of(chat)
  if not attempt then
    return nil
  end
  local id = attempt.conversation
  local conversation = conversations.read(id)
  if is_of_a_round_before(attempt, conversation) then
    attempts.drop(chat, attempt)
    outbox.tidy(id, chat)
  elseif audience.may_have(conversation, chat, copies.of(id, chat).silent) or not conversation.group then
    local copy = copies.of(id, chat)
    return {
      what = words.step.send,
      id = id,
      conversation = conversation,
      copy = copy,
      attempt = json,
      messages = attempt.messages,
      is_soft = is_soft(rules, conversation, copy),
    }
  else
    let_go(id, chat)
  end
end

-- The next of a phone's outbox; or nil, and the soonest moment of what is held.
function next_send.next(rules, chat, most_messages)
  local can_be_read, step = pcall(attempt_under_way, rules, chat)
  if can_be_read and step then
    return step
  elseif not can_be_read and isolate.is_of_wrong_type(isolate.reason_of(step)) then
    isolate.note_wrong_type(isolate.reason_of(step))
    return nil, clock.ms() + isolate.WRONG_TYPE_PAUSE_MS
  elseif not can_be_read then
    hash.remove(keys.chat .. chat, 'attempt')
  end
  local key, held, soonest = keys.outbox .. chat, 0, nil
  for looks = 1, LOOKED_AT do
    local id
    if held == 0 then
      id = places.first(key)
    elseif held < PASSED_OVER then
      id = redis.call('ZRANGE', key, held, held)[1]
    end
    if not id then
      break
    elseif looks == LOOKED_AT then
      return nil, clock.ms() -- a long piece of work goes on in the next call
    end
    local went_well, found, hold_ms = pcall(send_of, rules, id, chat, most_messages)
    local reason = not went_well and isolate.reason_of(found)
    if reason and isolate.is_of_wrong_type(reason) then
      isolate.note_wrong_type(reason)
      held, soonest = held + 1, math.min(soonest or math.huge, clock.ms() + isolate.WRONG_TYPE_PAUSE_MS)
    elseif reason then
      aside.step(chat, id, words.step.send, {}, reason)
      places.remove(key, id)
    elseif found then
      return found
    elseif hold_ms then
      held, soonest = held + 1, math.min(soonest or hold_ms, hold_ms)
    end
  end
  return nil, soonest
end

return next_send
