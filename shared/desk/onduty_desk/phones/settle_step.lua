-- Write down what came of a note, an edit or a removal, and when the phone is looked at next.
--
-- ARGV: retention in seconds, then for each: chat, lease token, conversation, what was to be done,
-- outcome, the id of the message that was sent or '', pause in ms, the view as JSON.
-- Outcomes: done, gone (there is no such message any more), later (429), again (not counted),
-- not_taken (of a note: counted while others succeed), unknown (of a note: it is told once more),
-- given_up, unreachable (all copies of the phone are forgotten).
--
-- After a failure others go first, for a time that doubles. What is told is given up in the end, like
-- a card; if it called for somebody to answer, a card is sent instead, which ends in the failed list. A
-- change of what the phone shows is tried until it is done: no button lies for longer than Telegram
-- is away. How much waits after an outage is told once.
--
-- Returns for each 'settled', or 'gone' when the lease was over before.
--
-- An edit whose lease was over may have come after a newer one: the card is drawn once more, or
-- stripped if it is the card no more.
local conversations = require 'conversations/conversations'
local lifetime = require 'conversations/lifetime'
local ownership = require 'conversations/ownership'
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local isolate = require 'lua/isolate'
local urgency = require 'lua/urgency'
local cards = require 'phones/cards'
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

local function without(list, message)
  local rest = {}
  for _, known in ipairs(list or {}) do
    if known ~= message then
      table.insert(rest, known)
    end
  end
  return #rest > 0 and rest or nil
end

local DONE = {}

function DONE.strip(_, copy, view)
  copy.strip = without(copy.strip, view.message)
  if copy.call == view.message then
    copy.call, copy.call_stays = nil, nil
  end
end

function DONE.point(_, copy, view)
  copy.moved = copy.moved ~= view.message and copy.moved or nil
end

-- Telegram lets a bot remove its messages for 48 hours; what is older keeps its words.
function DONE.remove(_, copy, view, _, _, outcome)
  copy.remove = without(copy.remove, view.message)
  copy.nudge = copy.nudge ~= view.message and copy.nudge or nil
  copy.call = copy.call ~= view.message and copy.call or nil
  if outcome ~= 'done' then
    copies.strip_later(copy, view.message)
  end
end

function DONE.draw(conversation, copy, view, _, chat)
  if copy.card == view.card then
    copy.version = view.version
    if copy.buttons ~= view.buttons then
      copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, copy.buttons, now
    end
    copy.drawn_seq = math.max(copy.drawn_seq or 0, view.total or 0)
    local is_final = view.state == 'closed' and conversation.state == 'closed' and not view.can_reopen
    local is_bare = view.is_off and not view.is_owner and conversation.owner ~= chat
    if is_bare and operators.is_on_duty(chat) then
      copy.version = -1 -- back on duty: with the buttons
    elseif is_final or is_bare then
      copy.card, copy.note = nil, nil
    end
  end
end

function DONE.tell(_, copy, view, sent, chat)
  if copy.note == view.note then
    copy.note, copy.maybe_note = nil, nil
    copies.forget_failures(copy)
  end
  copy.rung_ms = now
  local message = tonumber(sent) -- given up, or twice of unknown outcome, there is none
  if message and view.note == 'nudge' then
    if copy.nudge then
      copies.remove_later(copy, copy.nudge)
    end
    copy.nudge = message
  elseif message and view.is_call and operators.is_on_duty(chat) then
    copies.calls(copy, message)
  elseif message and view.is_call then
    copies.strip_later(copy, message)
  end
end

-- The card is not there any more; what was only drawn into it is sent.
local function lose_card(id, chat, copy)
  copy.card, copy.version = nil, nil
  if copy.quiet_seq then
    outbox.no_longer_quiet(id, chat, copy)
    redis.call('ZADD', keys.outbox .. chat, 'LT', conversations.score(conversations.read(id)), id)
  end
end

-- The phone cannot be reached: nothing is drawn there any more.
local function forget_phone(chat)
  for _, id in ipairs(redis.call('ZRANGE', keys.shown .. chat, 0, -1)) do
    redis.call('HDEL', keys.copies .. id, chat)
  end
  redis.call('DEL', keys.shown .. chat, keys.redraws .. chat)
end

-- A change of what the phone shows has failed: its others come first.
local function put_off(id, chat, copy)
  copy.edit_failures = (copy.edit_failures or 0) + 1
  local pause_ms = math.min(1000 * 2 ^ (copy.edit_failures - 1), timetable.LONGEST_EDIT_HOLD_MS)
  redis.call('ZADD', keys.redraws .. chat, urgency.score('edits', now + pause_ms), id)
end

-- What is not there must be sent: the card of an owner, and one for those who could not be called.
local function send_anew(id, chat, conversation, copy, is_called)
  if not operators.is_on_duty(chat) or not conversations.may_have(conversation, chat) then
    return
  end
  if is_called then
    copies.move_card(copy)
    copies.keep(id, chat, copy)
    cards.show(id, conversation, chat)
  elseif not copy.card and conversation.state == 'claimed' then
    cards.show(id, conversation, chat, true)
  end
end

-- Whether how much waits after an outage is told once more: not taken, three times in all, besides what
-- another outage costs.
local MOST_SUMMARIES = 3
local function is_told_later(key, outcome)
  local summary = redis.call('HGET', key, 'summary')
  if outcome ~= 'not_taken' or not summary or reach.is_away() then
    return summary and (outcome == 'not_taken' or outcome == 'later' or outcome == 'again')
  end
  summary = cjson.decode(summary)
  summary.tries = (summary.tries or 0) + 1
  redis.call('HSET', key, 'summary', cjson.encode(summary))
  return summary.tries < MOST_SUMMARIES
end

-- It was told, or cannot be: then the first card rings in its place.
local function settle_summary(chat, outcome)
  local key = keys.chat .. chat
  if outcome == 'unreachable' then
    forget_phone(chat)
  elseif is_told_later(key, outcome) then
    return
  elseif outcome ~= 'done' then
    local first = redis.call('ZRANGE', keys.outbox .. chat, 0, 0)[1]
    if first then
      copies.ring_after_all(first, chat)
    end
  end
  redis.call('HDEL', key, 'summary')
end

local function settle_one(chat, id, what, outcome, sent, view, has_lease)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  if sent ~= '' then
    redis.call('SET', keys.card .. chat .. ':' .. sent, id, 'EX', retention_s + lifetime.HOUR_S)
  end
  local is_over = outcome == 'done' or outcome == 'gone' or outcome == 'given_up' or outcome == 'unreachable'
  if outcome == 'not_taken' and what == 'tell' then
    is_over = copies.count_failure(copy)
  elseif (outcome == 'not_taken' or outcome == 'unknown' and what ~= 'tell') and has_lease then
    put_off(id, chat, copy)
  elseif outcome == 'unknown' and what == 'tell' then
    is_over = copy.maybe_note == view.note and not reach.was_away_at(now)
    copy.maybe_note = copy.note
  end
  if is_over and what ~= 'tell' then
    copy.edit_failures = nil
  end
  if outcome == 'unreachable' then
    forget_phone(chat)
    copy = {}
    if view.note == 'passed' and conversation.owner == chat then
      ownership.release(id, conversation, 'off_duty')
    end
  elseif what == 'draw' and outcome == 'gone' then
    if copy.card == view.card then
      lose_card(id, chat, copy)
    end
  elseif what == 'draw' and not has_lease then
    if copy.card == view.message then
      copy.version = -1
    else
      copies.strip_later(copy, view.message)
    end
    edits.request(id, chat)
  elseif is_over and (what ~= 'draw' or outcome == 'done') then
    DONE[what](conversation, copy, view, sent, chat, outcome)
  end
  if conversation.group then
    copies.keep(id, chat, copy)
  end
  if is_over then
    if what == 'draw' and outcome == 'gone' then
      send_anew(id, chat, conversation, copy)
    elseif what == 'tell' and (outcome == 'not_taken' or outcome == 'given_up') and view.is_call then
      send_anew(id, chat, conversation, copy, true)
    end
    if what == 'tell' and edits.next(conversation, copy) then
      edits.request(id, chat)
    end
    -- Given up, it is drawn again with the next change, or the next tap.
    if not edits.next(conversation, copy) or what == 'draw' and outcome == 'given_up' then
      redis.call('ZREM', keys.redraws .. chat, id)
    end
    if what == 'tell' then
      outbox.tidy(id, chat)
    end
  end
end

local function settle(chat, token, id, what, outcome, sent, pause_ms, view)
  local key = keys.chat .. chat
  local field = redis.call('HMGET', key, 'lease', 'next_at_ms')
  local has_lease = field[1] == token
  has_success = has_success or outcome == 'done'
  if outcome == 'later' then
    pace.refuse(chat, clock.us(), pause_ms * 1000)
  end
  if what == 'catch_up' then
    settle_summary(chat, outcome)
  else
    settle_one(chat, id, what, outcome, sent, view, has_lease)
  end
  if not has_lease then
    return 'gone'
  end
  redis.call('HDEL', key, 'lease', 'lease_until_ms')
  local next_at =
    math.max(now + pause_ms, tonumber(field[2] or 0), math.ceil(pace.chat_free_at(chat, clock.us()) / 1000))
  redis.call('HSET', key, 'next_at_ms', integer(next_at))
  timetable.stand(chat, next_at)
  return 'settled'
end

local answers = {}
for i = 2, #ARGV, 8 do
  table.insert(
    answers,
    isolate.call(
      settle,
      ARGV[i],
      ARGV[i + 1],
      ARGV[i + 2],
      ARGV[i + 3],
      ARGV[i + 4],
      ARGV[i + 5],
      tonumber(ARGV[i + 6]),
      cjson.decode(ARGV[i + 7])
    )
  )
end
if has_success then
  reach.note_success()
end
return answers
