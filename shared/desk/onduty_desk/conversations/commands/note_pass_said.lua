-- The bot has said that a colleague is asked to take a conversation over: that message goes when it is not so
-- any more.
--
-- ARGV: conversation, who passes it on, who is asked, the message. Returns 1; 0 if it is not so: then whoever
-- has sent the message is to remove it.
local conversations, offers = require 'conversations'

local id, by, to, message = unpack(ARGV)
local conversation = conversations.read(id)
if conversation.pass_by ~= by or conversation.pass_to ~= to then
  return 0
end
offers.note_said(id, conversation, message)
return 1
