-- A phone's copy of a conversation: what it shows, and what is still to be done there.
local expiry, people_clock = require 'conversations'
local clock, hash, integer = require 'lua'
local reach = require 'telegram'
local keys = require 'model'

local copies = {}

-- Read those of many phones at once.
function copies.read_ahead(id, chats)
  hash.read_ahead(keys.copies .. id, chats)
end

function copies.of(id, chat)
  local json = hash.get(keys.copies .. id, chat)
  return json and cjson.decode(json) or {}
end

-- Write a copy down; one with nothing on the phone and nothing to come is forgotten.
function copies.keep(id, chat, copy)
  local key = keys.copies .. id
  local is_kept = copy.card
    or copy.strip
    or copy.remove
    or copy.moved
    or copy.nudge
    or copy.call
    or copy.note
    or copy.silent
    or copy.maybe_seq
    or copy.hold_ms
    or copy.broke
  if not is_kept then
    hash.remove(key, chat)
    redis.call('ZREM', keys.shown .. chat, id)
    return
  end
  hash.set(key, chat, cjson.encode(copy))
  redis.call('ZADD', keys.shown .. chat, 'NX', integer(clock.ms()), id)
  expiry.hash_outlasts(key, id)
  expiry.outlast(keys.shown .. chat, id, expiry.HOUR_S)
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

function copies.strip_later(copy, message)
  copy.strip = with(copy.strip, message)
end

function copies.remove_later(copy, message)
  copy.remove = with(copy.remove, message)
end

-- The next card sent is the one with the buttons; the one there was points down to it.
function copies.move_card(copy)
  if copy.moved then
    copies.strip_later(copy, copy.moved)
  end
  copy.moved, copy.card, copy.version, copy.view = copy.card, nil, nil, nil
end

-- A look is over with the first edit after its time.
function copies.end_look(copy)
  if (copy.view_until_ms or 0) <= people_clock.ms() then
    copy.view, copy.view_until_ms, copy.over = nil, nil, nil
  end
end

-- A message has called for an answer, with a button of its own; the one before has had its time.
function copies.calls(copy, message, stays)
  if copy.call then
    copies.strip_later(copy, copy.call)
  end
  copy.call, copy.call_stays = message, stays
end

-- What is to be sent to a phone of a conversation has failed once more, for want of Telegram. Others
-- go first until it is tried again. Returns whether it was once too often: six times, while Telegram
-- takes what others send.
local MOST_FAILURES, LONGEST_HOLD_MS = 6, 8000
function copies.count_failure(copy)
  local now, last_back = clock.ms(), tonumber(redis.call('HGET', keys.telegram, 'last_back_ms') or 0)
  if not copy.failing_since_ms or copy.failing_since_ms <= last_back then
    copy.failures, copy.failing_since_ms = 0, now
  end
  copy.failures = copy.failures + 1
  copy.hold_ms = now + math.min(1000 * 2 ^ (copy.failures - 1), LONGEST_HOLD_MS)
  return copy.failures >= MOST_FAILURES and reach.others_succeed_since(copy.failing_since_ms)
end

-- Further ahead than that, the moment was written before Redis's clock was set back.
function copies.is_held(copy)
  local held_ms = (copy.hold_ms or 0) - clock.ms()
  return held_ms > 0 and held_ms <= LONGEST_HOLD_MS
end

function copies.forget_failures(copy)
  copy.failures, copy.failing_since_ms, copy.hold_ms, copy.broke = nil, nil, nil, nil
end

-- Something new came while the first card was to arrive without a ring: now it rings.
function copies.ring_after_all(id, chat)
  local copy = copies.of(id, chat)
  if copy.silent then
    copy.silent = nil
    hash.set(keys.copies .. id, chat, cjson.encode(copy))
  end
end

return copies
