-- The bot has said that an answer is delayed: that message is removed when it is not so any more.
--
-- ARGV: chat, message, the notice. Returns 1; 0 if the answer is not known any more, and the notice is to be
-- removed by whoever has sent it.
local delays, replies = require 'replies'
local keys, words = require 'model'

local chat, message, notice = unpack(ARGV)
local place = chat .. ':' .. message
local reply = replies.at(place)
if not reply.conversation then
  return 0
elseif reply.state ~= words.reply_state.delayed then
  delays.remove_notice(reply.conversation, place, notice)
  return 1
end
if reply.notice and reply.notice ~= notice then
  delays.remove_notice(reply.conversation, place, reply.notice) -- another bot was at the same update
end
redis.call('HSET', keys.reply .. place, 'notice', notice)
return 1
