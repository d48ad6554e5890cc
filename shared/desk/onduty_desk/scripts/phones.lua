-- Stands before every script of the desk, after the prelude: a phone's place on the timetable, and
-- the copy that it shows of a conversation.
--
-- A copy is JSON: `card` (the message with the buttons), `version` (of the conversation, as drawn),
-- `language`, `rung_ms` and `rung_seq` (its last ring, and the newest message it told of),
-- `own_to` (the newest message that the card was sent with), `drawn_seq` (the newest that it has been
-- drawn with), `quiet_seq` (the first message that came without a ring), `silent` (the next send must
-- not ring), `note` (what is to be told in a reply to the card), `passed_by` (who passed it on),
-- `view` and `view_until_ms` (opened, or asked to confirm), `over` (whose conversation a confirming
-- tap would take), `strip` (older messages that must lose their buttons), `remove` (messages that must
-- go), `moved` (the card before this one, which must point to it), `nudge` and `call` (messages to
-- remove when what they ask is over; a call with customers' words only loses its button:
-- `call_stays`), `maybe_seq` (messages up to this one may have come in an attempt that was dropped),
-- `maybe_note` (this note may have come), `failures` and `failing_since_ms` of what is to be sent or
-- told, `hold_ms` (not before: others go first), `broke` (one message at a time, to find the odd one),
-- `edit_failures`, `buttons` (the verbs on the card), `was_buttons` (those before), `buttons_ms` (since
-- when).

-- Until when what is to be drawn anew is held after a failure. What lies further ahead than it can
-- was written before Redis's clock was set back.
local LONGEST_EDIT_HOLD_MS = 30000
local function held_until(score)
  local at = score % 1e14
  return at <= now_ms() + LONGEST_EDIT_HOLD_MS and at or 0
end

-- Let a phone stand on the timetable once: in the class of what is most urgent for it, by when it
-- may be looked at. A phone with nothing to come is forgotten.
local function stand(chat, at)
  local key = 'onduty:chat:' .. chat
  local known = redis.call('HMGET', key, 'class', 'edits_at_ms')
  local news = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0, 'WITHSCORES')
  local drawing = redis.call('ZRANGE', 'onduty:redraws:' .. chat, 0, 0, 'WITHSCORES')
  local first = math.min(tonumber(news[2] or 'inf'), tonumber(drawing[2] or 'inf'))
  local class = first < math.huge and class_of(first) or nil
  local old = known[1]
  if old and old ~= class then
    redis.call('ZREM', 'onduty:timetable:' .. old, chat)
  end
  if not class then
    redis.call('DEL', key)
    return
  end
  if class == 'edits' then
    at = math.max(at, tonumber(known[2] or 0), held_until(first)) -- its first may be held after a failure
  end
  redis.call('ZADD', 'onduty:timetable:' .. class, ms(at), chat)
  if old ~= class then
    redis.call('HSET', key, 'class', class)
  end
end

-- Let a phone's cards not be drawn anew before that.
local function hold_edits(chat, until_ms)
  local key = 'onduty:chat:' .. chat
  local held = redis.call('HGET', key, 'edits_at_ms')
  if redis.call('EXISTS', key) == 1 and until_ms > tonumber(held or 0) then
    redis.call('HSET', key, 'edits_at_ms', ms(until_ms))
  end
end

-- Something is new for a phone: whoever has its lease, or its next moment, is waited for.
local function something_new(chat)
  local moments = redis.call('HMGET', 'onduty:chat:' .. chat, 'next_at_ms', 'lease_until_ms')
  stand(chat, math.max(tonumber(moments[1] or 0), tonumber(moments[2] or 0)))
end

-- Whether a dispatcher is sending or drawing something there.
local function has_lease(chat)
  return tonumber(redis.call('HGET', 'onduty:chat:' .. chat, 'lease_until_ms') or 0) > now_ms()
end

local function copy_of(id, chat)
  local json = redis.call('HGET', 'onduty:copies:' .. id, chat)
  return json and cjson.decode(json) or {}
end

-- What must last as long as a conversation whose customer writes on, but is let live only once an
-- hour, lasts that much longer.
local HOUR_S = 3600

-- A key about a conversation lasts at least as long as that does, or longer by so much.
local function outlast(key, id, by_s)
  local lasts_s = redis.call('TTL', 'onduty:conversation:' .. id) + (by_s or 0)
  if redis.call('TTL', key) < lasts_s then
    redis.call('EXPIRE', key, lasts_s)
  end
end

-- Write a copy down; one with nothing on the phone and nothing to come is forgotten.
local function keep_copy(id, chat, copy)
  local key = 'onduty:copies:' .. id
  local is_kept = copy.card or copy.strip or copy.remove or copy.moved or copy.nudge or copy.call
    or copy.note or copy.silent or copy.maybe_seq or copy.hold_ms or copy.broke
  if not is_kept then
    redis.call('HDEL', key, chat)
    redis.call('ZREM', 'onduty:shown:' .. chat, id)
    return
  end
  redis.call('HSET', key, chat, cjson.encode(copy))
  redis.call('ZADD', 'onduty:shown:' .. chat, 'NX', ms(now_ms()), id)
  outlast(key, id)
  outlast('onduty:shown:' .. chat, id, HOUR_S)
end

local function with(list, message)
  for _, known in ipairs(list or {}) do
    if known == message then
      return list
    end
  end
  list = list or {}
  table.insert(list, message)
  return list
end

local function strip_later(copy, message)
  copy.strip = with(copy.strip, message)
end

local function remove_later(copy, message)
  copy.remove = with(copy.remove, message)
end

-- The next card sent is the one with the buttons; the one there was points down to it.
local function move_card(copy)
  if copy.moved then
    strip_later(copy, copy.moved)
  end
  copy.moved, copy.card, copy.version, copy.view = copy.card, nil, nil, nil
end

-- A message has called for an answer, with a button of its own; the one before has had its time.
local function calls(copy, message, stays)
  if copy.call then
    strip_later(copy, copy.call)
  end
  copy.call, copy.call_stays = message, stays
end

-- Have a phone's copy drawn anew. `class` is that of edits, or urgent for the phone whose own tap
-- asks for it.
local function redraw_copy(id, chat, class)
  redis.call('ZADD', 'onduty:redraws:' .. chat, 'LT', place(class or 'edits', now_ms()), id)
  outlast('onduty:redraws:' .. chat, id)
  something_new(chat)
end

-- Have all copies drawn anew, that of `first` before the others.
local function redraw(id, first)
  redis.call('HINCRBY', 'onduty:conversation:' .. id, 'version', 1)
  for _, chat in ipairs(redis.call('HKEYS', 'onduty:copies:' .. id)) do
    redraw_copy(id, chat, chat == first and 'urgent' or 'edits')
  end
  wake_dispatchers()
end

-- Take the buttons off a phone's copy, which is not drawn any more.
local function strip_copy(id, chat)
  local copy = copy_of(id, chat)
  for _, message in ipairs({ copy.card or false, copy.call or false, copy.moved or false }) do
    if message then
      strip_later(copy, message)
    end
  end
  keep_copy(id, chat, { strip = copy.strip, remove = copy.remove, nudge = copy.nudge, language = copy.language,
    maybe_seq = copy.maybe_seq })
  if copy.strip or copy.remove then
    redraw_copy(id, chat)
  end
end

-- What is left to be done with a copy, the first of it: 'strip' or 'remove' a message, 'point' from
-- one down to the card, or 'draw' that.
local function to_be_done(conversation, copy)
  if copy.strip then
    return 'strip', copy.strip[1]
  elseif copy.moved then
    return 'point', copy.moved
  elseif copy.remove then
    return 'remove', copy.remove[1]
  elseif copy.nudge and not conversation.nudged then
    return 'remove', copy.nudge
  elseif copy.call and conversation.state ~= 'waiting' then
    return copy.call_stays and 'strip' or 'remove', copy.call
  elseif copy.card and (copy.version or -1) < tonumber(conversation.version or 0) then
    return 'draw', copy.card
  end
end

-- What is to be sent to a phone of a conversation has failed once more, for want of Telegram. Others
-- go first until it is tried again. Returns whether it was once too often: six times, while Telegram
-- takes what others send.
local MOST_FAILURES, LONGEST_HOLD_MS = 6, 8000
local function count_failure(copy)
  local now, last_back = now_ms(), tonumber(redis.call('HGET', 'onduty:telegram', 'last_back_ms') or 0)
  if not copy.failing_since_ms or copy.failing_since_ms <= last_back then
    copy.failures, copy.failing_since_ms = 0, now
  end
  copy.failures = copy.failures + 1
  copy.hold_ms = now + math.min(1000 * 2 ^ (copy.failures - 1), LONGEST_HOLD_MS)
  return copy.failures >= MOST_FAILURES and others_succeed_since(copy.failing_since_ms)
end

-- Further ahead than that, the moment was written before Redis's clock was set back.
local function is_held(copy)
  local held_ms = (copy.hold_ms or 0) - now_ms()
  return held_ms > 0 and held_ms <= LONGEST_HOLD_MS
end

local function forget_failures(copy)
  copy.failures, copy.failing_since_ms, copy.hold_ms, copy.broke = nil, nil, nil, nil
end

-- Have something sent to a phone in a reply to its card.
local function tell(id, chat, copy, note, score)
  copy.note, copy.maybe_note = note, nil
  forget_failures(copy)
  keep_copy(id, chat, copy)
  redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score, id)
  something_new(chat)
end
