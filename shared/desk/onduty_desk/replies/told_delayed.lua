-- A delayed answer of which the bot has said when it goes, as it reads now.
--
-- ARGV: chat, message. Returns { its conversation, its text, in how many ms it is sent }; nothing if it is not
-- delayed any more, or the bot has not said so.
local clock = require 'lua'
local replies = require 'replies'
local keys, words = require 'model'

local place = ARGV[1] .. ':' .. ARGV[2]
local reply = replies.at(place)
local at_ms = redis.call('ZSCORE', keys.replies_delayed, place)
if reply.state ~= words.reply_state.delayed or not reply.notice or not at_ms then
  return {}
end
return { reply.conversation, reply.text, math.max(0, tonumber(at_ms) - clock.ms()) }
