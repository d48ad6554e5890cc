-- Write down what came of a step about a board, and when its phone is looked at next.
--
-- ARGV: chat, lease token, the step, its outcome (see model/words.py), its detail (of a board that was sent,
-- the message), pause in ms, the view as JSON, language.
-- Returns 'settled', or 'gone': the lease was over before. What is done is written down even then.
local boards = require 'boards'
local clock, hash = require 'lua'
local timetable = require 'phones'
local pace, reach = require 'telegram'
local keys, words = require 'model'

local chat, token, what, outcome, detail = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local pause_ms, view, language = tonumber(ARGV[6]), cjson.decode(ARGV[7]), ARGV[8]
local key, LONGEST_PAUSE_MS = keys.board .. chat, 60000
local phone = hash.now(keys.chat .. chat)
local has_lease, next_at_ms = phone.lease == token, tonumber(phone.next_at_ms or 0)

local function note_shown()
  hash.set(key, 'shown', view.is_as)
  hash.set(key, 'language', language)
  hash.set(key, 'touched_ms', clock.ms())
end

-- A board that its owner has deleted comes back at the next /on; at this one, if it was gone before.
local function lose()
  if hash.get(key, 'is_new') then
    hash.remove(key, 'message', 'pinned', 'shown', 'is_new')
  else
    boards.forget(chat)
  end
end

local function without_first(list)
  local messages = cjson.decode(hash.get(key, list) or '[]')
  if messages[1] == view.message then
    table.remove(messages, 1)
  end
  if #messages > 0 then
    hash.set(key, list, cjson.encode(messages))
  else
    hash.remove(key, list)
  end
end

local function is_current()
  return tonumber(hash.get(key, 'message') or nil) == view.message
end

local SETTLE = {}

SETTLE[words.step.send_board] = function()
  local is_ours = hash.get(key, 'attempt') == token
  if is_ours then
    hash.remove(key, 'attempt')
  end
  if outcome == words.outcome.done and hash.get(key, 'wanted') and not hash.get(key, 'message') then
    hash.set(key, 'message', detail)
    hash.remove(key, 'is_new', 'unknowns')
    note_shown()
  elseif outcome == words.outcome.done then
    boards.add_to('remove', chat, detail) -- one too many, or too late
  elseif outcome == words.outcome.unknown and is_ours then
    hash.add(key, 'unknowns', 1)
  elseif outcome == words.outcome.given_up then
    boards.forget(chat)
  end
end

SETTLE[words.step.pin_board] = function()
  if is_current() and outcome == words.outcome.gone then
    lose()
  elseif is_current() and (outcome == words.outcome.done or outcome == words.outcome.given_up) then
    hash.set(key, 'pinned', '1')
    hash.remove(key, 'is_new')
  end
end

SETTLE[words.step.edit_board] = function()
  if is_current() and (outcome == words.outcome.gone or outcome == words.outcome.given_up) then
    lose()
  elseif is_current() and outcome == words.outcome.done and has_lease then
    note_shown()
  elseif is_current() then
    hash.set(key, 'is_stale', '1') -- not done, or perhaps after a newer one
    hash.remove(key, 'shown')
  end
end

-- What Telegram does not let a bot delete any more (48 hours) loses its pin and its words.
SETTLE[words.step.delete_board] = function()
  if outcome == words.outcome.gone or outcome == words.outcome.given_up then
    boards.add_to('retire', chat, view.message)
  end
  if outcome == words.outcome.done or outcome == words.outcome.gone or outcome == words.outcome.given_up then
    without_first('remove')
  end
end

SETTLE[words.step.retire_board] = function()
  if outcome == words.outcome.done or outcome == words.outcome.gone or outcome == words.outcome.given_up then
    without_first('retire')
  end
end

if outcome == words.outcome.later then
  pace.refuse(chat, clock.us(), pause_ms * 1000)
elseif outcome == words.outcome.done then
  reach.note_success()
end
SETTLE[what]()
if outcome == words.outcome.not_taken or outcome == words.outcome.unknown then
  local failures = hash.add(key, 'failures', 1)
  pause_ms = math.max(pause_ms, math.min(1000 * 2 ^ failures, LONGEST_PAUSE_MS))
elseif outcome == words.outcome.done then
  hash.remove(key, 'failures')
end
if outcome == words.outcome.unreachable then
  -- Blocked: what is left on the phone goes at the next /on.
  hash.remove(keys.chat .. chat, 'board_at_ms')
else
  boards.arrange(chat, clock.ms() + pause_ms)
end
if has_lease then
  local free_at_ms = math.ceil(pace.chat_free_at(chat, clock.us()) / 1000)
  timetable.end_lease(chat, math.max(clock.ms(), next_at_ms, free_at_ms))
elseif hash.get(keys.chat .. chat, 'board_at_ms') then
  timetable.something_new(chat)
end
return has_lease and 'settled' or 'gone'
