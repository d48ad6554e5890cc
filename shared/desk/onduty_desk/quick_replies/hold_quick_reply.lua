-- A quick reply is shown, filled in: it is held, and the message that shows it becomes the answer when its
-- operator agrees (`send_held.lua`).
--
-- ARGV: operator, chat, the message that shows it, conversation, text, html, when (s), the operator's first
-- name, the topic that it is shown in or ''. Returns 1; 0 if that message was sent already: then nothing changed.
local replies = require 'replies'
local words = require 'model'

local operator, chat, message, id = unpack(ARGV)
local place = chat .. ':' .. message
local state = replies.at(place).state
if state and state ~= words.reply_state.held then
  return 0
end
local said = { text = ARGV[5], html = ARGV[6], at_s = ARGV[7], name = ARGV[8], thread = ARGV[9] or '' }
replies.hold(place, id, operator, said)
return 1
