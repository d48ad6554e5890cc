-- An operator has begun anew, perhaps after their history was cleared, which takes topics with it: those of
-- whom they own are looked after, and made anew if they are not there.
--
-- ARGV: chat.
local conversations = require 'conversations'
local wake = require 'phones'
local topics = require 'topics'
local words = require 'model'

local chat = ARGV[1]
for id, topic in pairs(topics.all(chat)) do
  local conversation = conversations.read(id)
  if conversation.state == words.state.claimed and conversation.owner == chat then
    topic.check, topic.lost, topic.flat = topic.thread and true, nil, nil
    topics.look(chat, id, topic)
  end
end
wake.dispatchers()
