-- Write down what came of a step about a nudge, and when its phone is looked at next.
--
-- ARGV: chat, lease token, the step, its outcome (see model/words.py), its detail (of a nudge that was sent,
-- the message), pause in ms, the view as JSON.
-- Returns 'settled', or 'gone': the lease was over before. What is done is written down even then.
--
-- What was not taken is held, and given up in the end, like a card; of unknown outcome, it is sent once
-- more. Given up, nobody is asked: the lease of each conversation ends all the same, and says so.
local clock, hash = require 'lua'
local nudges = require 'nudges'
local copies, timetable = require 'phones'
local people_clock = require 'conversations'
local pace, reach = require 'telegram'
local keys, words = require 'model'

local chat, token, what, outcome, detail = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local pause_ms, view = tonumber(ARGV[6]), cjson.decode(ARGV[7])
local key, KEPT_S = keys.nudge .. chat, 30 * 86400
local phone = hash.now(keys.chat .. chat)
local has_lease, next_at_ms = phone.lease == token, tonumber(phone.next_at_ms or 0)
local nudge = hash.all(key)
local is_send = what == words.step.send_nudge
local FAILURES = { 'failures', 'failing_since_ms', 'hold_ms' }

-- Whether it has failed so often that it is given up.
local function is_enough()
  if outcome == words.outcome.unknown and is_send then
    return nudge.maybe and not reach.was_away_at(clock.ms())
  elseif outcome ~= words.outcome.not_taken and outcome ~= words.outcome.unknown then
    return outcome == words.outcome.given_up
  end
  local failed = {}
  for _, field in ipairs(FAILURES) do
    failed[field] = tonumber(nudge[field])
  end
  local is_often = copies.count_failure(failed)
  for _, field in ipairs(FAILURES) do
    hash.set(key, field, failed[field])
  end
  return is_often
end

-- The message shows these rows, each under its number.
local function note_shown(message)
  hash.set(key, 'message', message)
  hash.set(key, 'rows', cjson.encode(view.by_number))
  if nudge.shown and not is_send then
    hash.set(key, 'was_shown', nudge.shown)
  else
    hash.remove(key, 'was_shown')
  end
  hash.set(key, 'shown', view.shown)
  hash.set(key, 'shown_ms', clock.ms())
  redis.call('SET', keys.list .. chat .. ':' .. message, cjson.encode(view.by_number), 'EX', KEPT_S)
end

local function note_rung()
  hash.set(key, 'rung_ms', view.asked_ms)
  hash.set(key, 'ring_at_ms', people_clock.ms() + view.every_ms)
end

local is_same = (tonumber(nudge.message) or cjson.null) == view.message
if outcome == words.outcome.later then
  pace.refuse(chat, clock.us(), pause_ms * 1000)
elseif outcome == words.outcome.done then
  reach.note_success()
end
if is_enough() then
  hash.remove(key, 'maybe', unpack(FAILURES))
  nudges.drop_all(chat)
elseif outcome == words.outcome.unreachable then
  hash.remove(key, 'message', 'rows', 'shown', 'was_shown', 'shown_ms')
elseif outcome == words.outcome.unknown and is_send then
  hash.set(key, 'maybe', '1')
elseif is_send and outcome == words.outcome.done then
  hash.remove(key, 'maybe', unpack(FAILURES))
  if is_same then
    if nudge.message then
      nudges.take_away(chat, nudge.message, view.by_number)
    end
    note_shown(detail)
  else -- another sender has sent one meanwhile
    nudges.take_away(chat, detail, view.by_number)
  end
  if not view.is_silent then
    note_rung()
  end
elseif outcome == words.outcome.gone and is_same then
  hash.remove(key, 'message', 'rows', 'shown', 'was_shown', 'shown_ms')
elseif outcome == words.outcome.done and is_same then
  hash.remove(key, unpack(FAILURES))
  note_shown(nudge.message)
  if not has_lease then
    hash.set(key, 'shown', '') -- perhaps after a newer one: it is drawn once more
  end
end
hash.expire(key, KEPT_S)
nudges.arrange(chat)
if has_lease then
  local free_at_ms = math.ceil(pace.chat_free_at(chat, clock.us()) / 1000)
  timetable.end_lease(chat, math.max(clock.ms() + pause_ms, next_at_ms, free_at_ms))
end
return has_lease and 'settled' or 'gone'
