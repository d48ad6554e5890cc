-- A permit to send for the bot's own answers: a slot of the shared pace, before all those that the
-- dispatchers have not reserved yet, as far as the answers' share allows.
--
-- ARGV: chat, gap between sends in µs, gap within a chat in µs, most ahead in µs, whose answer it is:
-- 'operators', 'strangers', or '' (looked up by the chat).
-- Returns { 'at', µs, whose }: send after that time; { 'wait', µs }: ask again after it; or { 'away', reason }
-- while the desk pauses because Telegram is away.
local clock = require 'lua'
local timetable = require 'phones'
local operators = require 'roster'
local answers_share, pace = require 'telegram'
local keys = require 'model'

local chat, gap, chat_gap, ahead = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local whose = ARGV[5] or ''
local now = clock.us()

local ANSWER_COMES_BACK_US = 300000 -- how late a process may be that was told to ask again

local away = redis.call('HMGET', keys.telegram, 'away_since_ms', 'reason')
if away[1] then
  return { 'away', away[2] or '' }
end

local function wait_for(us)
  return { 'wait', string.format('%.0f', us) }
end

-- The chat is not free: cards and edits there wait until this answer has come, but not for two
-- answers one after the other, so that nobody's own words keep customers from them.
local function keep_place(free_at)
  local key = keys.pace_answer .. chat
  local until_us = free_at + ANSWER_COMES_BACK_US
  if redis.call('GET', key) ~= '0' then
    redis.call('SET', key, string.format('%.0f', until_us), 'PX', math.ceil((until_us - now) / 1000))
    timetable.hold_edits(chat, math.ceil(free_at / 1000) + 1000)
  end
end

if not answers_share.CLASSES[whose] then
  whose = operators.is_known(chat) and 'operators' or 'strangers'
end
local _, _, share_wait = answers_share.spent(whose, gap)
if share_wait > 0 then
  return wait_for(share_wait)
end
local free_at = pace.chat_free_at(chat, now)
local most_ahead = math.min(ahead, answers_share.CLASSES[whose].ahead_us)
local at, wait, is_chat = pace.reserve_slot(chat, free_at, now, most_ahead, gap, chat_gap)
if is_chat then
  keep_place(free_at)
end
if not at then
  return wait_for(wait)
end
answers_share.charge(whose, gap)
redis.call('SET', keys.pace_answer .. chat, '0', 'PX', math.ceil((at - now + chat_gap) / 1000) + 500)
return { 'at', string.format('%.0f', at - now), whose }
