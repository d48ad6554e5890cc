-- A permit to send for the bot's own answers: a slot of the shared pace, before all those that the
-- dispatchers have not reserved yet, as far as the answers' share allows.
--
-- ARGV: chat, gap between sends in µs, gap within a chat in µs, most ahead in µs, whose answer it is:
-- 'operators', 'strangers', or '' (looked up by the chat).
-- Returns { 'at', µs, whose }: send after that time; { 'wait', µs }: ask again after it; or { 'away', reason }
-- while the desk pauses because Telegram is away.
local clock, integer = require 'lua'
local timetable = require 'phones'
local operators = require 'roster'
local pace = require 'telegram'
local keys = require 'model'

local chat, gap, chat_gap, ahead = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local whose = ARGV[5] or ''
local now = clock.us()

-- Together a fifth: cards keep 80 % of the pace, whoever writes to the bot. What an unused share may
-- save up is `burst_us` of it; operators' answers come before strangers', who reserve less far ahead.
local CLASSES_OF_ANSWERS = {
  operators = { share = 0.15, burst_us = 2000000, ahead_us = 1000000, may_take_idle_slots = true },
  strangers = { share = 0.05, burst_us = 2000000, ahead_us = 500000 },
}
local ANSWER_COMES_BACK_US = 300000 -- how late a process may be that was told to ask again

local away = redis.call('HMGET', keys.telegram, 'away_since_ms', 'reason')
if away[1] then
  return { 'away', away[2] or '' }
end

local function wait_for(us)
  return { 'wait', string.format('%.0f', us) }
end

local function cards_are_due()
  for _, class in ipairs({ 'urgent', 'normal', 'low' }) do
    if redis.call('ZCOUNT', keys.timetable .. class, '-inf', integer(clock.ms())) > 0 then
      return true
    end
  end
  return false
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

if not CLASSES_OF_ANSWERS[whose] then
  whose = operators.is_known(chat) and 'operators' or 'strangers'
end
local class, class_key = CLASSES_OF_ANSWERS[whose], keys.pace_answers .. whose
local cost = gap / class.share
local spent = math.max(now, pace.moment(class_key, now, class.burst_us + cost))
local over = spent - now - class.burst_us
if over > 0 and not (class.may_take_idle_slots and not cards_are_due()) then
  return wait_for(over)
end
local free_at = pace.chat_free_at(chat, now)
local at, wait, is_chat = pace.reserve_slot(chat, free_at, now, math.min(ahead, class.ahead_us), gap, chat_gap)
if is_chat then
  keep_place(free_at)
end
if not at then
  return wait_for(wait)
end
pace.write_moment(class_key, math.min(spent, now + class.burst_us) + cost, now)
redis.call('SET', keys.pace_answer .. chat, '0', 'PX', math.ceil((at - now + chat_gap) / 1000) + 500)
return { 'at', string.format('%.0f', at - now), whose }
