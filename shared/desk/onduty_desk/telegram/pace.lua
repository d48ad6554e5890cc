-- Pacing, shared by every process with the token: how soon Telegram may be sent to again.
--
-- Telegram's limits (Bot FAQ, "My bot is hitting limits"): about 30 messages a second over all chats, 1
-- a second into one chat, 20 a minute into one group. Moments are microseconds of Redis's clock; each
-- key expires when its moment has passed.
local operators = require 'roster'
local keys = require 'model'

local pace = {}

local GROUP_EVERY_US = 4000000 -- 15 a minute, with a burst of 5: never more than 20 in any minute
local GROUP_BURST = 5
local FURTHEST_SPACING_US = 2000000
local REFUSALS_WITHIN_US = 5000000
local REFUSALS_THAT_PAUSE_ALL = 3

-- A moment that was written down. After a failover to a server whose clock is behind, a spacing
-- that lies further ahead than it can is no longer true.
local function as_true(written, now, furthest)
  local at = tonumber(written or 0)
  return (furthest and at > now + furthest) and 0 or at
end

local known -- by key, what this call has read or written; false if there is nothing
local slot_until, slot_now -- the slots up to a moment are taken: written once a call

function pace.begin()
  known, slot_until, slot_now = {}, nil, nil
end

local function read(unknown)
  for i, written in ipairs(redis.call('MGET', unpack(unknown))) do
    known[unknown[i]] = written
  end
end

function pace.moment(key, now, furthest)
  if known[key] == nil then
    read({ key })
  end
  return as_true(known[key], now, furthest)
end

local function write(key, at, now)
  redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
end

function pace.write_moment(key, at, now)
  if at > now then
    known[key] = at
    write(key, at, now)
  end
end

-- Read for many chats at once when each may be sent to.
function pace.read_ahead(chats)
  local of = {}
  for _, chat in ipairs(chats) do
    for _, key in ipairs({ keys.pace_chat, keys.pace_refused, keys.pace_answer }) do
      table.insert(of, key .. chat)
    end
  end
  if #of > 0 then
    read(of)
  end
end

-- When a chat may be sent to next, as far as the chat itself is concerned; then until when an answer
-- of the bot's that waits for it keeps cards and edits out: see permit.lua.
function pace.chat_free_at(chat, now)
  local chat_key, refused_key, answer_key = keys.pace_chat .. chat, keys.pace_refused .. chat, keys.pace_answer .. chat
  if known[chat_key] == nil or known[refused_key] == nil or known[answer_key] == nil then
    read({ chat_key, refused_key, answer_key })
  end
  local spaced = as_true(known[chat_key], now, FURTHEST_SPACING_US)
  local refused = as_true(known[refused_key], now)
  local group = 0
  if string.sub(chat, 1, 1) == '-' then
    local full = GROUP_EVERY_US * GROUP_BURST
    group = pace.moment(keys.pace_group .. chat, now, full + GROUP_EVERY_US) - full + GROUP_EVERY_US
  end
  local kept = known[answer_key] and as_true(known[answer_key], now, 2 * FURTHEST_SPACING_US)
  return math.max(spaced, refused, group), kept
end

-- The next slot over all chats, at most `ahead` from now; or nil and the wait.
function pace.next_slot(now, ahead, gap)
  if known[keys.pace_slot] == nil then
    read({ keys.pace_slot, keys.pace_pause })
  end
  local slot = pace.moment(keys.pace_slot, now, 10 * (ahead + gap))
  local at = math.max(now, slot, pace.moment(keys.pace_pause, now))
  if at > now + ahead then
    return nil, at - now - ahead
  end
  return at
end

local function take_slots(until_us, now)
  known[keys.pace_slot], slot_until, slot_now = until_us, until_us, now
end

function pace.finish()
  if slot_until and slot_until > slot_now then
    write(keys.pace_slot, slot_until, slot_now)
  end
end

-- Reserve the next slot for a chat that is free by then. A chat that is not gets nothing: were the
-- shared slot moved to when it is, all others would lose what lies between.
function pace.reserve_slot(chat, free_at, now, ahead, gap, chat_gap)
  if free_at > now + ahead then
    return nil, free_at - now, true
  end
  local at, wait = pace.next_slot(now, ahead, gap)
  if not at then
    return nil, wait, false
  elseif free_at > at then
    return nil, free_at - now, true
  end
  take_slots(at + gap, now)
  pace.write_moment(keys.pace_chat .. chat, at + chat_gap, now)
  if string.sub(chat, 1, 1) == '-' then
    local key = keys.pace_group .. chat
    pace.write_moment(key, math.max(at, pace.moment(key, now)) + GROUP_EVERY_US, now)
  end
  return at
end

-- Reserve a moment to send a card or an edit to a chat, at most `ahead` from now. Returns the moment;
-- or nil, the wait, and whether it is the chat that is not free: then nothing was taken.
function pace.reserve(chat, now, ahead, gap, chat_gap)
  local free_at, kept_until = pace.chat_free_at(chat, now)
  local at, wait, is_chat = pace.reserve_slot(chat, math.max(free_at, kept_until or 0), now, ahead, gap, chat_gap)
  if at and kept_until then
    known[keys.pace_answer .. chat] = false
    redis.call('DEL', keys.pace_answer .. chat)
  end
  return at, wait, is_chat
end

-- Now, for what costs no slot; or nil, the wait, and whether it is the chat that Telegram has refused.
function pace.unless_refused(chat, now)
  local refused, paused = pace.moment(keys.pace_refused .. chat, now), pace.moment(keys.pace_pause, now)
  if math.max(refused, paused) > now then
    return nil, math.max(refused, paused) - now, refused >= paused
  end
  return now
end

-- Reserve another moment for a send that missed the one it had; nil if there is none in time, or if
-- the chat has been refused meanwhile.
function pace.reserve_again(chat, now, ahead, gap, chat_gap)
  local at = pace.next_slot(now, ahead, gap)
  if not at or pace.moment(keys.pace_refused .. chat, now) > at then
    return nil
  end
  local key = keys.pace_chat .. chat
  take_slots(at + gap, now)
  pace.write_moment(key, math.max(at + chat_gap, pace.moment(key, now, FURTHEST_SPACING_US)), now)
  return at
end

-- Telegram answered 429: this chat pauses for everyone; several chats within seconds pause all. A
-- stranger's counts for itself alone: a group in slow mode would be enough to stop the desk.
function pace.refuse(chat, now, wait)
  local refusals = keys.pace_refusals
  pace.write_moment(keys.pace_refused .. chat, now + wait, now)
  if not operators.is_known(chat) then
    return
  end
  redis.call('ZADD', refusals, string.format('%.0f', now), chat)
  redis.call('ZREMRANGEBYSCORE', refusals, '-inf', string.format('%.0f', now - REFUSALS_WITHIN_US))
  redis.call('PEXPIRE', refusals, REFUSALS_WITHIN_US / 1000)
  if redis.call('ZCARD', refusals) >= REFUSALS_THAT_PAUSE_ALL then
    pace.write_moment(keys.pace_pause, now + wait, now)
  end
end

return pace
