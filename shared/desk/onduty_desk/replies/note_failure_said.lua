-- The bot has told an author that their answer failed: that message is removed when it is not so any more.
--
-- ARGV: chat, message, the event they were told of, the bot's message. Returns 1; 0 if it is not so: then
-- whoever has sent the message is to remove it.
local replies = require 'replies'
local keys, words = require 'model'

local chat, message, event, said = unpack(ARGV)
local place = chat .. ':' .. message
local reply = replies.at(place)
if reply.state ~= words.reply_state.failed or reply.event ~= event then
  return 0
end
if reply.failure_said ~= said then
  replies.remove_failure_said(place, reply) -- another bot has told it, too
end
redis.call('HSET', keys.reply .. place, 'failure_said', said)
return 1
