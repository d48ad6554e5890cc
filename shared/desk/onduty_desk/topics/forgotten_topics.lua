-- A conversation is forgotten: its topics are deleted on phones, under another name, and so is the message in
-- each that says what it is about, in case Telegram does not delete the topic.
local conversations = require 'conversations'
local clock, hash = require 'lua'
local removing = require 'phones'
local topics = require 'topics'
local keys = require 'model'

local forgotten_topics = {}

local function delete_later(chat, removal, thread)
  redis.call('DEL', keys.topic .. chat .. ':' .. thread, keys.last_reply .. chat .. ':' .. thread)
  topics.look(chat, removal .. ' ' .. thread, { thread = thread, remove = true, ended_ms = clock.ms() })
end

local function forget(chat, id, removal, topic)
  topics.forget(chat, id)
  for _, message in ipairs({ topic.context or false, topic.older or false }) do
    if message then
      removing.late(removal, chat, message)
    end
  end
  if topic.thread then
    delete_later(chat, removal, topic.thread)
  end
end

-- Of those that nobody has made use of, too: their names begin with the conversation's.
function forgotten_topics.forget(id, removal)
  for chat in string.gmatch(conversations.read(id).topics or '', '%S+') do
    for name, json in pairs(hash.all(keys.topics .. chat)) do
      local can_be_read, topic = pcall(cjson.decode, json)
      if can_be_read and (name == id or string.sub(name, 1, #id + 1) == id .. ' ') then
        forget(chat, name, removal, topic)
      end
    end
  end
end

-- What was on its way when the conversation was forgotten: a topic that was made, or a message that was sent.
function forgotten_topics.late(removal, chat, thread, message)
  if message then
    removing.late(removal, chat, message)
  elseif thread then
    delete_later(chat, removal, thread)
  end
end

return forgotten_topics
