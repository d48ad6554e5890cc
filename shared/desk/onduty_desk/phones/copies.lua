-- A phone's copy of a conversation: what it shows, and what is still to be done there.
local key_lifetimes, people_clock = require 'conversations'
local clock, hash, integer = require 'lua'
local reach = require 'telegram'
local keys = require 'model'

local copies = {}

-- Read those of many phones at once.
function copies.read_ahead(id, chats)
  hash.read_ahead(keys.copies .. id, chats)
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

function copies.shorten_later(copy, message)
  copy.shorten = with(copy.shorten, message)
end

-- A message of its own, to an owner, does not say any more what the customer's message says, as of a version
-- of the conversation.
function copies.rewrite_later(copy, bubble, message, version)
  copies.rewritten(copy, bubble, math.huge)
  copy.rewrite = copy.rewrite or {}
  table.insert(copy.rewrite, { bubble, message, version })
end

-- It has been written anew, as of a version.
function copies.rewritten(copy, bubble, version)
  local rest = {}
  for _, one in ipairs(copy.rewrite or {}) do
    if one[1] ~= bubble or one[3] > version then
      table.insert(rest, one)
    end
  end
  copy.rewrite = #rest > 0 and rest or nil
end

-- What older versions wrote: a message that called for an answer, and the card that was further up.
local function carry_over(copy)
  if copy.call then
    copy.bubbles = with(copy.bubbles, copy.call)
  end
  if copy.moved and copy.card then
    copies.remove_later(copy, copy.moved)
  elseif copy.moved then
    copy.parts = with(copy.parts, copy.moved)
  end
  copy.call, copy.call_stays, copy.moved = nil, nil, nil
  return copy
end

function copies.of(id, chat)
  local json = hash.get(keys.copies .. id, chat)
  return json and carry_over(cjson.decode(json)) or {}
end

-- Write a copy down; one with nothing on the phone and nothing to come is forgotten.
function copies.keep(id, chat, copy)
  local key = keys.copies .. id
  local is_kept = copy.card
    or copy.strip
    or copy.remove
    or copy.shorten
    or copy.rewrite
    or copy.parts
    or copy.bubbles
    or copy.told
    or copy.nudge
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
  key_lifetimes.hash_outlasts(key, id)
  key_lifetimes.outlast(keys.shown .. chat, id, key_lifetimes.HOUR_S)
end

local function remove_later(copy, lists)
  for _, list in ipairs(lists) do
    for _, message in ipairs(list) do
      copies.remove_later(copy, message)
    end
  end
end

-- All messages that a phone has of a conversation are removed, except its card.
function copies.remove_notes(copy)
  remove_later(copy, { copy.bubbles or {}, { copy.told } })
  copy.bubbles, copy.told, copy.told_in = nil, nil, nil
end

-- And that too.
function copies.remove_all(copy)
  remove_later(copy, { copy.parts or {}, { copy.card } })
  copy.parts, copy.card = nil, nil
  copies.remove_notes(copy)
end

-- A card has been sent, as these messages: its buttons are below the last. It takes the place of what
-- the phone had of the conversation.
function copies.have_card(copy, messages)
  copies.remove_all(copy)
  copy.since_ms = copy.remove and copy.since_ms or clock.ms()
  copy.card, copy.anew, copy.view = messages[#messages], nil, nil
  copy.menu_until_ms = nil
  for i = 1, #messages - 1 do
    copy.parts = with(copy.parts, messages[i])
  end
end

-- A follow-up or a note has been sent to who owns it: over when they own it no more. Of very many, the
-- oldest are left on the phone.
local MOST_BUBBLES = 300
function copies.have_bubble(copy, message)
  copy.since_ms = copy.since_ms or clock.ms()
  copy.bubbles = with(copy.bubbles, message)
  if #copy.bubbles > MOST_BUBBLES then
    table.remove(copy.bubbles, 1)
  end
end

-- A note about the state that the conversation is in has been sent: over with that state.
function copies.have_told(copy, message, state)
  if copy.told then
    copies.remove_later(copy, copy.told)
  end
  copy.since_ms = copy.since_ms or clock.ms()
  copy.told, copy.told_in = message, state
end

-- The card's buttons go; its text stays until the phone gets another one, or somebody answers.
function copies.leave_card(copy)
  if copy.card then
    copies.strip_later(copy, copy.card)
    copy.parts = with(copy.parts, copy.card)
    copy.card, copy.version = nil, nil
  end
end

-- Telegram lets a bot delete its messages for 48 hours ("deleteMessage", Bot API), an hour of which is
-- kept for what waits. When one may be older, each is deleted by itself: deleteMessages passes over
-- what it cannot delete without a word.
local DELETABLE_MS, DELETED_AT_ONCE = 47 * 3600 * 1000, 100
function copies.most_deleted_at_once(copy)
  return clock.is_within(copy.since_ms or 0, DELETABLE_MS) and DELETED_AT_ONCE or 1
end

-- A look is over with the first edit after its time, and so is the menu.
function copies.end_look(copy)
  if (copy.menu_until_ms or 0) <= people_clock.ms() then
    copy.menu_until_ms = nil
  end
  if (copy.view_until_ms or 0) <= people_clock.ms() then
    copy.view, copy.view_until_ms, copy.over = nil, nil, nil
  end
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
