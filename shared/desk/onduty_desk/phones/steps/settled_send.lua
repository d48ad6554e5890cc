-- What a settled send changes: its attempt, the deliveries of its messages, the phone's copy.
--
-- What was not taken makes room for the phone's other conversations until it is tried again; of what
-- may have come, exactly the same set goes once more.
local conversations, offers, transcript = require 'conversations'
local clock, hash = require 'lua'
local aside, copies, deliveries, edits, outbox = require 'phones'
local attempts = require 'phones/steps'
local operators = require 'roster'
local topics, using = require 'topics'
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

local function numbers(texts)
  local list = {}
  for _, text in ipairs(texts) do
    table.insert(list, tonumber(text))
  end
  return list
end

local function remove(id, chat, copy, sent)
  for _, message in ipairs(sent) do
    copies.remove_later(copy, message)
  end
  copy.since_ms = copy.since_ms or clock.ms()
  copies.keep(id, chat, copy)
  edits.request(id, chat)
end

-- The first phone has a card of a customer who began to wait: how long after acceptance.
local function note_first_card(step, conversation)
  if conversation.uncarded_ms then
    step.first_card_ms = math.max(0, clock.ms() - tonumber(conversation.uncarded_ms))
    conversations.clear(step.id, 'uncarded_ms')
  end
end

-- The customer may have changed it after it was read; before the attempt, it may have waited for its slot.
local READ_BEFORE_MS = 20000
local function may_be_amended(conversation, attempt)
  return tonumber(conversation.amended_ms or 0) > (attempt.begun_ms or 0) - READ_BEFORE_MS
end

-- Older ones that the phone waits for, too, since the attempt began: the card is drawn with them, and as
-- follow-ups they would stand below what is newer.
local MOST_OLDER = 200
local function summarise_older(id, chat, first)
  if tonumber(deliveries.cursor(id, chat) or 0) >= first - 1 then
    return
  end
  for _, message in ipairs(deliveries.pending(id, chat, MOST_OLDER, first - 1)) do
    deliveries.mark(message, chat, words.delivery.summarised)
  end
end

-- The phone has been told of these messages, by a ring or not. Who owns it has them in a reply to the
-- card; of all others the new card is the one with the buttons, and what has changed since it was
-- written, or was not written into it, is drawn into it.
local function note_copy(step, attempt)
  local id, chat, view, sent = step.id, step.chat, step.view, numbers(attempt.sent)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  if not conversation.group then
    return
  end
  note_first_card(step, conversation)
  local first, last = seq_of(id, attempt.messages[1]), seq_of(id, attempt.messages[#attempt.messages])
  local from = tonumber(conversation.from_seq or 0)
  local is_moved = conversation.kept_group and not operators.is_member(chat, conversation.group)
  if is_moved or last > 0 and last <= from then -- closed, or another group's, while it was on its way
    remove(id, chat, copy, sent)
    return
  end
  local is_follow_up = view.thread or view.card and copy.card
  if view.thread then -- it stays in the topic
    topics.note_success(chat)
    topics.have_follow_up(chat, id, view.thread, sent)
  elseif is_follow_up then
    for _, message in ipairs(sent) do
      copies.have_bubble(copy, message)
    end
  end
  if is_follow_up and may_be_amended(conversation, attempt) then
    copies.rewrite_later(copy, sent[#sent], attempt.messages[1], tonumber(conversation.version))
  elseif not is_follow_up then
    summarise_older(id, chat, first)
    copies.have_card(copy, sent)
    copy.version, copy.own_to = view.version, math.max(last, copy.rung_seq or 0)
    copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, nil, nil
    local is_whole = #attempt.messages >= math.max(last, view.total or 0) - from
    local is_as_on = not view.is_off == operators.is_member(chat, conversation.group)
    if view.card or not is_whole or copy.own_to > last or not is_as_on then
      copy.version = -1 -- it came as a reply, shows other messages of the round, or not who is on duty
    end
    if conversation.owner == chat then
      using.have_card(chat, id, copy, last)
    end
  end
  -- It rang, or is what was asked for without a ring (which ends in outbox.tidy); a follow-up that came
  -- without one, because it came soon after a ring, puts the next ring not off.
  if (copy.silent or false) == (view.is_silent or false) then
    copy.rung_ms = clock.ms()
  end
  copy.rung_seq = math.max(copy.rung_seq or 0, last)
  if copy.note == view.note then
    copy.note, copy.maybe_note = nil, nil
  end
  local maybe = copy.maybe_seq
  if maybe and first <= maybe and maybe <= last then
    copy.maybe_seq = nil
  end
  copy.language = step.language
  copies.forget_failures(copy)
  if conversation.owner ~= chat and not operators.is_member(chat, conversation.group) then
    copies.leave_card(copy)
  end
  copies.keep(id, chat, copy)
  if conversation.pass_to == chat and string.find(view.buttons or '', 'accept', 1, true) then
    offers.note_shown(id, conversation)
  end
  if edits.next(conversation, copy, chat) then
    edits.request(id, chat)
  end
end

-- A card that arrived although another sender has settled this one: the phone has it twice.
local function remove_second_card(step)
  local copy, card = copies.of(step.id, step.chat), tonumber(step.detail)
  if copy.card ~= card then
    remove(step.id, step.chat, copy, { card })
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
      remove_second_card(step)
    end
    return 'gone'
  elseif step.part and step.part < attempt.part then -- another sender has sent it once more, and goes on with the next
    if is_done then
      remove(step.id, step.chat, copies.of(step.id, step.chat), { tonumber(step.detail) })
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
