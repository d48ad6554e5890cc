-- A customer is writing: whether their owner's phone is to show it now. What is not, is dropped.
--
-- ARGV: conversation, gap between two of all phones in µs, and between two of one phone.
-- Returns { the phone, the chat to send to, the topic there or 0 }; empty if it is dropped.
local conversations = require 'conversations'
local clock = require 'lua'
local operators = require 'roster'
local pace, reach = require 'telegram'
local using = require 'topics'
local keys, words = require 'model'

local gap, chat_gap = tonumber(ARGV[2]), tonumber(ARGV[3])
local BURST_US = 1000000 -- what an unused budget saves up
local now = clock.us()
local conversation = conversations.read(ARGV[1])
local owner = conversation.state == words.state.claimed and conversation.owner
if not owner or reach.is_away() or not operators.is_on_duty(owner) then
  return {}
end
local phone = keys.pace_typing_chat .. owner
local spent = math.max(now, pace.moment(keys.pace_typing, now, BURST_US + gap))
local is_full = spent - now >= BURST_US
if is_full or pace.moment(phone, now) > now or not pace.unless_refused(owner, now) then
  return {}
end
pace.write_moment(keys.pace_typing, spent + gap, now)
pace.write_moment(phone, now + chat_gap, now)
local _, chat = operators.read(owner)
local thread = using.thread_of(ARGV[1], owner)
return { owner, chat or owner, thread }
