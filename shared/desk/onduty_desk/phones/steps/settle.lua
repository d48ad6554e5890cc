-- Write down what came of steps at phones, and when each phone is looked at next.
--
-- ARGV: retention in seconds, then for each step: chat, lease token, conversation, the step, its outcome
-- (both see model/words.py), its detail (of a send or a note that is done, the Telegram message; given
-- up or not taken, why), pause in ms, the view that was shown as JSON, the language, and of a send the
-- attempt's id and which part of it was sent.
-- Returns for each 'settled', 'idle' (settled, and nothing more is to come for the phone), 'given_up' (of
-- a send), or 'gone': the lease was over before, or another sender settled this attempt. Behind it, after
-- blanks, 'first' and 'last': how many ms after acceptance a customer's first card is on a phone, or the
-- last, if this was it.
--
-- What is done is written down even by a sender whose lease has run out: the lease guards the
-- timetable, never the truth.
local reachable = require 'availability'
local audience, key_lifetimes, forgotten = require 'conversations'
local clock, hash, integer, isolate = require 'lua'
local copies, deliveries, fan_out, removing, timetable = require 'phones'
local settled_edit, settled_note, settled_send = require 'phones/steps'
local operators = require 'roster'
local pace, reach = require 'telegram'
local keys, words = require 'model'

local retention_s = tonumber(ARGV[1])
local has_success = false

local SETTLE = {
  [words.step.send] = settled_send.settle,
  [words.step.send_note] = settled_note.settle,
  [words.step.send_summary] = settled_note.settle_summary,
}

-- Under which name what was done is removed again, because its conversation is forgotten; else nil.
local function removal_of(step)
  local removal = step.id ~= '' and forgotten.removal_of(step.id)
  return removal ~= step.id and removal or nil
end

-- What was on its way to a phone when its conversation was forgotten is removed.
local function settle_forgotten(step, removal)
  if step.outcome == words.outcome.done and step.detail ~= '' then
    removing.late(removal, step.chat, tonumber(step.detail))
  end
  return 'gone'
end

local FAILED = { [words.outcome.not_taken] = true, [words.outcome.unknown] = true }

local function settle(step)
  local chat = step.chat
  local phone = hash.now(keys.chat .. chat)
  local next_at_ms = tonumber(phone.next_at_ms or 0)
  step.has_lease, step.attempt = phone.lease == step.token, phone.attempt
  local removal = removal_of(step)
  if step.outcome == words.outcome.done then
    has_success = true
    if SETTLE[step.what] then
      reachable.note_success(chat)
    end
    if step.detail ~= '' and not removal then
      redis.call('SET', keys.card .. chat .. ':' .. step.detail, step.id, 'EX', retention_s + key_lifetimes.HOUR_S)
    end
  elseif step.outcome == words.outcome.later then
    pace.refuse(chat, clock.us(), step.pause_ms * 1000)
  elseif SETTLE[step.what] and FAILED[step.outcome] then
    reachable.note_failure(chat)
  end
  local answer = removal and settle_forgotten(step, removal) or (SETTLE[step.what] or settled_edit.settle)(step)
  if step.has_lease and (removal or answer ~= 'gone') then
    local free_at_ms = math.ceil(pace.chat_free_at(chat, clock.us()) / 1000)
    timetable.end_lease(chat, math.max(clock.ms() + step.pause_ms, next_at_ms, free_at_ms))
  end
  return answer
end

local views = {} -- many phones were shown the same
local function view_of(json)
  views[json] = views[json] or cjson.decode(json)
  return views[json]
end

local steps, chats, chats_of = {}, {}, {}
for i = 2, #ARGV, 11 do
  local step = { chat = ARGV[i], id = ARGV[i + 2], what = ARGV[i + 3], outcome = ARGV[i + 4], detail = ARGV[i + 5] }
  step.token, step.pause_ms, step.view = ARGV[i + 1], tonumber(ARGV[i + 6]), view_of(ARGV[i + 7])
  step.language, step.attempt_id, step.part = ARGV[i + 8], ARGV[i + 9], tonumber(ARGV[i + 10])
  table.insert(steps, step)
  table.insert(chats, step.chat)
  chats_of[step.id] = chats_of[step.id] or {}
  table.insert(chats_of[step.id], step.chat)
end
operators.read_ahead(chats)
pace.read_ahead(chats)
for id, of in pairs(chats_of) do
  copies.read_ahead(id, of)
  isolate.call(audience.read_ahead, id, of)
  isolate.call(deliveries.read_ahead, id, of)
end
local answers = {}
for _, step in ipairs(steps) do
  table.insert(answers, isolate.call(settle, step))
end
local is_looked_at = {}
for i = #steps, 1, -1 do -- once a conversation, when all of this call has been settled
  local step = steps[i]
  if step.what == words.step.send and step.outcome == words.outcome.done and not is_looked_at[step.id] then
    is_looked_at[step.id] = true
    local last_card_ms = isolate.call(fan_out.end_of, step.id)
    step.last_card_ms = type(last_card_ms) == 'number' and last_card_ms
  end
end
if has_success then
  reach.note_success()
end
timetable.write()
for i, step in ipairs(steps) do
  if answers[i] == 'settled' and timetable.is_idle(step.chat) then
    answers[i] = 'idle'
  end
  if step.first_card_ms then
    answers[i] = answers[i] .. ' first ' .. integer(step.first_card_ms)
  end
  if step.last_card_ms then
    answers[i] = answers[i] .. ' last ' .. integer(step.last_card_ms)
  end
end
return answers
