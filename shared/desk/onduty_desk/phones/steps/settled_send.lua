-- What a settled send changes: its attempt, the deliveries of its messages, the phone's copy.
--
-- What was not taken makes room for the phone's other conversations until it is tried again; of what
-- may have come, exactly the same set goes once more.
local conversations, transcript = require 'conversations'
local clock, hash = require 'lua'
local aside, copies, deliveries, edits, outbox = require 'phones'
local attempts = require 'phones/steps'
local operators = require 'roster'
local keys, words = require 'model'

local settled_send = {}

local function finish(chat, attempt, state)
  for _, message in ipairs(attempt.messages) do
    deliveries.mark(message, chat, state)
  end
  hash.remove(keys.chat .. chat, 'attempt')
  outbox.tidy(attempt.conversation, chat)
end

local function seq_of(id, message)
  return transcript.seq_of(id, message) or 0
end

-- The phone has been told of these messages, by a ring or not: its first card is the one with the
-- buttons, and what has changed since it was written is drawn into it.
local function note_copy(step, attempt)
  local id, chat, view, card = step.id, step.chat, step.view, tonumber(step.detail)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  if not conversation.group then
    return
  end
  local first, last = seq_of(id, attempt.messages[1]), seq_of(id, attempt.messages[#attempt.messages])
  local from = tonumber(conversation.from_seq or 0)
  if last > 0 and last <= from then -- its round was closed while it was on its way
    copies.strip_later(copy, card)
    copies.keep(id, chat, copy)
    edits.request(id, chat)
    return
  end
  if not copy.card then
    copy.card, copy.version, copy.own_to = card, view.version, last
    copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, nil, nil
    if first > from + 1 then
      copy.version = -1 -- they came on in between: the card shows what was before, too
    end
  end
  if not copy.silent or view.is_silent then
    copy.rung_ms = clock.ms() -- silent ends when nothing is left of what was asked for, see outbox.tidy
  end
  copy.rung_seq = math.max(copy.rung_seq or 0, last)
  if view.is_call and copy.card ~= card and operators.is_on_duty(chat) then
    copies.calls(copy, card, true)
  elseif view.is_call and copy.card ~= card then
    copies.strip_later(copy, card)
  end
  if copy.note == view.note then
    copy.note, copy.maybe_note = nil, nil
  end
  local maybe = copy.maybe_seq
  if maybe and first <= maybe and maybe <= last then
    copy.maybe_seq = nil
  end
  copy.language = step.language
  copies.forget_failures(copy)
  if not operators.is_on_duty(chat) and conversation.owner ~= chat then
    copies.strip_later(copy, copy.card)
    copy.card = nil
  end
  if view.card and copy.card == card then
    copy.version = -1 -- it came as a reply to the card there was: it has no buttons
  end
  copies.keep(id, chat, copy)
  if edits.next(conversation, copy) then
    edits.request(id, chat)
  end
end

-- A card that arrived although another sender has settled this one: the phone has it twice.
local function strip_second_card(step)
  local copy, card = copies.of(step.id, step.chat), tonumber(step.detail)
  if copy.card ~= card then
    copies.strip_later(copy, card)
    copies.keep(step.id, step.chat, copy)
    edits.request(step.id, step.chat)
  end
end

-- Returns whether it is given up, and else for how long it is held.
local function count_not_taken(step)
  local copy = copies.of(step.id, step.chat)
  local is_enough = copies.count_failure(copy)
  local hold_ms = copy.hold_ms - clock.ms()
  if is_enough then
    copies.forget_failures(copy)
  end
  if conversations.read(step.id).group then
    copies.keep(step.id, step.chat, copy)
  end
  return is_enough, hold_ms
end

-- Nothing of it can have come: the phone's other conversations go first, and this card is written anew.
local function is_as_if_never_sent(attempt)
  return attempt.part == 0 and not attempt.maybe and attempt.unknowns == 0
end

function settled_send.settle(step)
  local attempt, is_done = step.attempt and cjson.decode(step.attempt), step.outcome == words.outcome.done
  if not attempt or attempt.id ~= step.attempt_id then
    if is_done then
      strip_second_card(step)
    end
    return 'gone'
  end
  if not step.has_lease and not is_done then
    return 'gone'
  end

  attempt.in_flight = false
  local outcome, hold_ms = step.outcome, 0
  if outcome == words.outcome.not_taken then
    local is_enough
    is_enough, hold_ms = count_not_taken(step)
    outcome = is_enough and words.outcome.given_up or outcome
  elseif is_done then
    table.insert(attempt.sent, step.detail)
    attempt.part, attempt.unknowns, attempt.maybe = attempt.part + 1, 0, nil
  elseif outcome == words.outcome.unknown then
    attempt.unknowns, attempt.unknown_ms = attempt.unknowns + 1, attempt.begun_ms or clock.ms()
  end

  if attempt.part >= attempt.parts then
    note_copy(step, attempt)
    finish(step.chat, attempt, words.delivery.sent .. ' ' .. table.concat(attempt.sent, ','))
  elseif outcome == words.outcome.given_up then
    attempts.note_unknown(step.chat, attempt)
    finish(step.chat, attempt, words.delivery.given_up .. ': ' .. step.detail)
    aside.give_up_messages(step.chat, step.id, attempt.messages, attempt.id, step.detail)
    return 'given_up'
  elseif outcome == words.outcome.not_taken and is_as_if_never_sent(attempt) then
    for _, message in ipairs(attempt.messages) do
      deliveries.mark(message, step.chat, words.delivery.waiting)
    end
    hash.remove(keys.chat .. step.chat, 'attempt')
  else -- the same set again, and nothing before it
    hash.set(keys.chat .. step.chat, 'attempt', cjson.encode(attempt))
    step.pause_ms = math.max(step.pause_ms, hold_ms)
  end
  return 'settled'
end

return settled_send
