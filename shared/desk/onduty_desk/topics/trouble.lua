-- A customer message was not taken for a topic, or came elsewhere: it is sent flat, and what is wrong with the
-- topic is mended.
--
-- ARGV: chat, conversation, thread, the trouble (see model/words.py). Once more it changes nothing.
local topics, using = require 'topics'
local copies = require 'phones'
local words = require 'model'

local chat, id, thread, trouble = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local topic = topics.of(chat, id)
if trouble == words.topic_trouble.gone and not (topic and topic.thread == thread) then
  using.leave(chat, id)
elseif copies.of(id, chat).topic == thread then
  using.trouble(chat, id, topic or {}, trouble)
end
