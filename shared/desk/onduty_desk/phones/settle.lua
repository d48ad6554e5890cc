-- Write down what came of attempts, and when each phone is looked at next.
--
-- ARGV: retention in seconds, then for each attempt: chat, lease token, attempt id, outcome, its
-- detail, pause in ms, the view that was sent as JSON, the language, the conversation.
-- Outcomes: sent (detail: the Telegram message id), later (429: not counted, the chat pauses),
-- again (not counted), not_taken (counted while others succeed; detail: why), unknown, given_up
-- (detail: why).
-- Returns for each 'settled', 'given_up', or 'gone' when another sender settled this attempt before.
--
-- What was not taken makes room for the phone's other conversations until it is tried again; of what
-- may have come, exactly the same set goes once more.
--
-- `sent` is written down even by a sender whose lease has run out: the lease guards the
-- timetable, never the truth.
local conversations = require 'conversations/conversations'
local lifetime = require 'conversations/lifetime'
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local isolate = require 'lua/isolate'
local aside = require 'phones/aside'
local attempts = require 'phones/attempts'
local copies = require 'phones/copies'
local edits = require 'phones/edits'
local outbox = require 'phones/outbox'
local timetable = require 'phones/timetable'
local operators = require 'roster/operators'
local pace = require 'telegram/pace'
local reach = require 'telegram/reach'
local keys = require 'model/keys'

local retention_s = tonumber(ARGV[1])
local now = clock.ms()
local has_success = false

local function finish(key, chat, attempt, state)
  for _, message in ipairs(attempt.messages) do
    redis.call('HSET', keys.deliveries .. message, chat, state)
  end
  redis.call('HDEL', key, 'attempt')
  outbox.tidy(attempt.conversation, chat)
end

local function seq_of(id, message)
  return tonumber(redis.call('ZSCORE', keys.messages .. id, message) or 0)
end

-- The phone has been told of these messages, by a ring or not: its first card is the one with the
-- buttons, and what has changed since it was written is drawn into it.
local function note_copy(chat, attempt, card, view, language)
  local id = attempt.conversation
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  if not conversation.group then
    return
  end
  local first, last = seq_of(id, attempt.messages[1]), seq_of(id, attempt.messages[#attempt.messages])
  if not copy.card then
    copy.card, copy.version, copy.own_to = tonumber(card), view.version, last
    copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, nil, nil
    if first > tonumber(conversation.from_seq or 0) + 1 then
      copy.version = -1 -- they came on in between: the card shows what was before, too
    end
  end
  if not copy.silent or view.is_silent then
    copy.rung_ms = now -- silent ends when nothing is left of what was asked for, see tidy_outbox
  end
  copy.rung_seq = math.max(copy.rung_seq or 0, last)
  if view.is_call and copy.card ~= tonumber(card) and operators.is_on_duty(chat) then
    copies.calls(copy, tonumber(card), true)
  elseif view.is_call and copy.card ~= tonumber(card) then
    copies.strip_later(copy, tonumber(card))
  end
  if copy.note == view.note then
    copy.note, copy.maybe_note = nil, nil
  end
  local maybe = copy.maybe_seq
  if maybe and first <= maybe and maybe <= last then
    copy.maybe_seq = nil
  end
  copy.language = language
  copies.forget_failures(copy)
  if not operators.is_on_duty(chat) and conversation.owner ~= chat then
    copies.strip_later(copy, copy.card)
    copy.card = nil
  end
  if view.card and copy.card == tonumber(card) then
    copy.version = -1 -- it came as a reply to the card there was: it has no buttons
  end
  copies.keep(id, chat, copy)
  if edits.next(conversation, copy) then
    edits.request(id, chat)
  end
end

-- A card that arrived although another sender has settled this one: the phone has it twice.
local function strip_second_card(chat, id, card)
  local copy = copies.of(id, chat)
  redis.call('SET', keys.card .. chat .. ':' .. card, id, 'EX', retention_s + lifetime.HOUR_S)
  if copy.card ~= tonumber(card) then
    copies.strip_later(copy, tonumber(card))
    copies.keep(id, chat, copy)
    edits.request(id, chat)
  end
end

-- Returns whether it is given up, and else for how long it is held.
local function not_taken(chat, attempt)
  local id = attempt.conversation
  local copy = copies.of(id, chat)
  local is_enough = copies.count_failure(copy)
  local hold_ms = copy.hold_ms - now
  if is_enough then
    copies.forget_failures(copy)
  end
  if conversations.read(id).group then
    copies.keep(id, chat, copy)
  end
  return is_enough, hold_ms
end

local function settle(chat, token, id, outcome, detail, pause_ms, view, language, id_of_conversation)
  local key = keys.chat .. chat
  local field = redis.call('HMGET', key, 'lease', 'attempt', 'next_at_ms')
  local has_lease = field[1] == token
  local attempt = field[2] and cjson.decode(field[2])
  if not attempt or attempt.id ~= id then
    if outcome == 'sent' then
      strip_second_card(chat, id_of_conversation, detail)
    end
    return 'gone'
  end
  if not has_lease and outcome ~= 'sent' then
    return 'gone'
  end

  attempt.in_flight = false
  local is_enough, hold_ms
  if outcome == 'not_taken' then
    is_enough, hold_ms = not_taken(chat, attempt)
    outcome = is_enough and 'given_up' or outcome
  end
  if outcome == 'sent' then
    redis.call('SET', keys.card .. chat .. ':' .. detail, attempt.conversation, 'EX', retention_s + lifetime.HOUR_S)
    table.insert(attempt.sent, detail)
    attempt.part = attempt.part + 1
    attempt.unknowns, attempt.maybe = 0, nil
    has_success = true
  elseif outcome == 'unknown' then
    attempt.unknowns, attempt.unknown_ms = attempt.unknowns + 1, attempt.begun_ms or now
  elseif outcome == 'later' then
    pace.refuse(chat, clock.us(), pause_ms * 1000)
  end

  if attempt.part >= attempt.parts then
    note_copy(chat, attempt, detail, view, language)
    finish(key, chat, attempt, 'sent ' .. table.concat(attempt.sent, ','))
  elseif outcome == 'given_up' then
    attempts.note_unknown(chat, attempt)
    finish(key, chat, attempt, 'given up: ' .. detail)
    aside.give_up_messages(chat, attempt.conversation, attempt.messages, id, detail)
  elseif outcome == 'not_taken' and attempt.part == 0 and not attempt.maybe and attempt.unknowns == 0 then
    for _, message in ipairs(attempt.messages) do
      redis.call('HSET', keys.deliveries .. message, chat, 'waiting')
    end
    redis.call('HDEL', key, 'attempt')
  else -- the same set again, and nothing before it
    redis.call('HSET', key, 'attempt', cjson.encode(attempt))
    pause_ms = math.max(pause_ms, hold_ms or 0)
  end

  if has_lease then
    redis.call('HDEL', key, 'lease', 'lease_until_ms')
    local next_at =
      math.max(now + pause_ms, tonumber(field[3] or 0), math.ceil(pace.chat_free_at(chat, clock.us()) / 1000))
    redis.call('HSET', key, 'next_at_ms', integer(next_at))
    timetable.stand(chat, next_at)
  end
  return outcome == 'given_up' and outcome or 'settled'
end

local answers = {}
for i = 2, #ARGV, 9 do
  table.insert(
    answers,
    isolate.call(
      settle,
      ARGV[i],
      ARGV[i + 1],
      ARGV[i + 2],
      ARGV[i + 3],
      ARGV[i + 4],
      tonumber(ARGV[i + 5]),
      cjson.decode(ARGV[i + 6]),
      ARGV[i + 7],
      ARGV[i + 8]
    )
  )
end
if has_success then
  reach.note_success()
end
return answers
