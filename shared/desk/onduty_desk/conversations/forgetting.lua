-- Forget a conversation: every trace of it goes, from Redis and from phones, without an event. What operators
-- have written themselves stays on their phones; the record of what was forgotten says where.
--
-- It is done in pieces, the entry in the inbox stays until the last. What is still on phones is removed under
-- another name, which says nothing of the customer. Which keys there are says model/forgetting.py.
local boards = require 'boards'
local conversations, deadlines, forgotten, holding, name_entries = require 'conversations'
local ownership, transcript = require 'conversations'
local events = require 'events'
local failed = require 'failures'
local hash = require 'lua'
local forgotten_notes = require 'noting'
local removing, wake = require 'phones'
local delays, forgotten_replies = require 'replies'
local forgotten_topics = require 'topics'
local keys, words = require 'model'

local forgetting = {}

local MOST_MESSAGES = 20

-- Nobody owns it, is offered it, or waits for it any more.
local function let_go(id, conversation)
  if conversation.state == words.state.claimed then
    holding.let_go(conversation.owner, id)
  end
  ownership.change_hands(id, conversation)
  conversations.write(id, { state = words.state.closed, offered_seq = conversation.last_seq or '0' })
  deadlines.stand(id)
  boards.line_changed(conversation.group)
end

local function begin(id, conversation)
  local removal = forgotten.open(id)
  delays.forget(id)
  let_go(id, conversation)
  conversations.write(id, { forgotten = removal })
  conversations.write(removal, { group = conversation.group, state = words.state.closed, forgotten = removal })
  hash.expire(keys.conversation .. removal, removing.KEPT_S)
  removing.take_over(id, removal)
  forgotten_topics.forget(id, removal)
  local left = forgotten_replies.forget(id)
  for _, note in ipairs(forgotten_notes.forget(id, removal)) do
    table.insert(left, note)
  end
  forgotten.note_left(id, left)
end

local function forget_message(id, removal, message)
  removing.message(removal, message)
  hash.delete(keys.deliveries .. message)
  redis.call('DEL', keys.message .. message)
  transcript.remove(id, message)
end

-- Who was asked why they pass it on, is not asked any more.
local function forget_questions(id)
  for _, operator in ipairs(redis.call('ZRANGE', keys.on_duty, 0, -1)) do
    local asked = redis.call('GET', keys.pass_asked .. operator)
    local is_json, question = pcall(cjson.decode, asked or '')
    if is_json and type(question) == 'table' and question.conversation == id then
      redis.call('DEL', keys.pass_asked .. operator)
    end
  end
end

local function finish(id, conversation)
  if conversation.group then
    name_entries.leave_group(conversation, id)
  end
  for _, key in ipairs({ keys.to_index, keys.escalations_due, keys.muted }) do
    redis.call('ZREM', key, id)
  end
  redis.call('HDEL', keys.admin_news, 'escalated:' .. id)
  redis.call('HDEL', keys.admin_news_telling, 'escalated:' .. id)
  redis.call('DEL', keys.trouble .. id)
  forget_questions(id)
  events.forget(id)
  failed.forget(id)
  for _, message in ipairs(redis.call('SMEMBERS', keys.dropped .. id)) do
    redis.call('DEL', keys.message .. message)
  end
  redis.call('DEL', keys.public_history .. id, keys.messages .. id, keys.dropped .. id)
  for _, key in ipairs({ keys.conversation, keys.cursor, keys.copies }) do
    hash.delete(key .. id)
  end
  forgotten.settle(id)
  wake.dispatchers()
end

-- Forget a piece of it. Returns whether that was the last.
function forgetting.go_on(id)
  local conversation = conversations.read(id)
  if conversation.group and not conversation.forgotten then
    begin(id, conversation)
    conversation = conversations.read(id)
  end
  local messages = transcript.between(id, '-inf', '+inf', MOST_MESSAGES)
  for i = 1, #messages, 2 do
    forget_message(id, conversation.forgotten, messages[i])
  end
  forgotten.count(id, #messages / 2)
  if #messages == 2 * MOST_MESSAGES then
    return false
  end
  finish(id, conversation)
  return true
end

return forgetting
