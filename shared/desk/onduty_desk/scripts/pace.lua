-- Pacing, shared by every process with the token: how soon Telegram may be sent to again, and who is
-- a stranger to it.
--
-- Telegram's limits (Bot FAQ, "My bot is hitting limits"): about 30 messages a second over all
-- chats, 1 a second into one chat, 20 a minute into one group. Moments are microseconds of Redis's
-- clock; each key expires when its moment has passed.

local GROUP_EVERY_US = 4000000 -- 15 a minute, with a burst of 5: never more than 20 in any minute
local GROUP_BURST = 5
local FURTHEST_SPACING_US = 2000000
local REFUSALS_WITHIN_US = 5000000
local REFUSALS_THAT_PAUSE_ALL = 3

-- Redis's clock, so that all processes agree; a script is one moment. Only tests set the offset.
local began_us
local function now_us()
  if not began_us then
    local time = redis.call('TIME')
    local offset = redis.call('GET', 'onduty:test:clock-offset-ms')
    began_us = time[1] * 1000000 + time[2] + tonumber(offset or 0) * 1000
  end
  return began_us
end

-- Whether somebody is an operator, or was one within 30 days, or still holds a conversation; all
-- others are strangers, group chats too.
local KNOWN_FOR_S = 30 * 86400
local function is_known(operator)
  return redis.call('EXISTS', 'onduty:operator:' .. operator, 'onduty:known:' .. operator,
    'onduty:claims:' .. operator) > 0
end

local function remember(operator)
  redis.call('SET', 'onduty:known:' .. operator, '1', 'EX', KNOWN_FOR_S)
end

-- A moment that was written down. After a failover to a server whose clock is behind, a spacing
-- that lies further ahead than it can is no longer true.
local function as_true(written, now, furthest)
  local at = tonumber(written or 0)
  return (furthest and at > now + furthest) and 0 or at
end

local function moment(key, now, furthest)
  return as_true(redis.call('GET', key), now, furthest)
end

local function write_moment(key, at, now)
  if at > now then
    redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
  end
end

-- When a chat may be sent to next, as far as the chat itself is concerned; then until when an answer
-- of the bot's that waits for it keeps cards and edits out: see permit.lua.
local function chat_free_at(chat, now)
  local written = redis.call('MGET', 'onduty:pace:chat:' .. chat, 'onduty:pace:refused:' .. chat,
    'onduty:pace:answer:' .. chat)
  local spaced, refused = as_true(written[1], now, FURTHEST_SPACING_US), as_true(written[2], now)
  local group = 0
  if string.sub(chat, 1, 1) == '-' then
    local full = GROUP_EVERY_US * GROUP_BURST
    group = moment('onduty:pace:group:' .. chat, now, full + GROUP_EVERY_US) - full + GROUP_EVERY_US
  end
  return math.max(spaced, refused, group), written[3] and as_true(written[3], now, 2 * FURTHEST_SPACING_US)
end

-- The next slot over all chats, at most `ahead` from now; or nil and the wait.
local function next_slot(now, ahead, gap)
  local written = redis.call('MGET', 'onduty:pace:slot', 'onduty:pace:pause')
  local slot, pause = as_true(written[1], now, 10 * (ahead + gap)), as_true(written[2], now)
  local at = math.max(now, slot, pause)
  if at > now + ahead then
    return nil, at - now - ahead
  end
  return at
end

-- Reserve the next slot for a chat that is free by then. A chat that is not gets nothing: were the
-- shared slot moved to when it is, all others would lose what lies between.
local function reserve_slot(chat, free_at, now, ahead, gap, chat_gap)
  if free_at > now + ahead then
    return nil, free_at - now, true
  end
  local at, wait = next_slot(now, ahead, gap)
  if not at then
    return nil, wait, false
  elseif free_at > at then
    return nil, free_at - now, true
  end
  write_moment('onduty:pace:slot', at + gap, now)
  write_moment('onduty:pace:chat:' .. chat, at + chat_gap, now)
  if string.sub(chat, 1, 1) == '-' then
    local key = 'onduty:pace:group:' .. chat
    write_moment(key, math.max(at, moment(key, now)) + GROUP_EVERY_US, now)
  end
  return at
end

-- Reserve a moment to send a card or an edit to a chat, at most `ahead` from now. Returns the moment;
-- or nil, the wait, and whether it is the chat that is not free: then nothing was taken.
local function reserve(chat, now, ahead, gap, chat_gap)
  local free_at, kept_until = chat_free_at(chat, now)
  local at, wait, is_chat = reserve_slot(chat, math.max(free_at, kept_until or 0), now, ahead, gap, chat_gap)
  if at and kept_until then
    redis.call('DEL', 'onduty:pace:answer:' .. chat)
  end
  return at, wait, is_chat
end

-- Reserve another moment for a send that missed the one it had; nil if there is none in time, or if
-- the chat has been refused meanwhile.
local function reserve_again(chat, now, ahead, gap, chat_gap)
  local at = next_slot(now, ahead, gap)
  if not at or moment('onduty:pace:refused:' .. chat, now) > at then
    return nil
  end
  local key = 'onduty:pace:chat:' .. chat
  write_moment('onduty:pace:slot', at + gap, now)
  write_moment(key, math.max(at + chat_gap, moment(key, now, FURTHEST_SPACING_US)), now)
  return at
end

-- Telegram answered 429: this chat pauses for everyone; several chats within seconds pause all. A
-- stranger's counts for itself alone: a group in slow mode would be enough to stop the desk.
local function refuse(chat, now, wait)
  local refusals = 'onduty:pace:refusals'
  write_moment('onduty:pace:refused:' .. chat, now + wait, now)
  if not is_known(chat) then
    return
  end
  redis.call('ZADD', refusals, string.format('%.0f', now), chat)
  redis.call('ZREMRANGEBYSCORE', refusals, '-inf', string.format('%.0f', now - REFUSALS_WITHIN_US))
  redis.call('PEXPIRE', refusals, REFUSALS_WITHIN_US / 1000)
  if redis.call('ZCARD', refusals) >= REFUSALS_THAT_PAUSE_ALL then
    write_moment('onduty:pace:pause', now + wait, now)
  end
end
