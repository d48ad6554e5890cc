-- What a message to the bot may be about.
--
-- ARGV: who wrote it, the chat, its update, the topic that it stands in or 0, the message that it replies to or 0.
-- Returns the conversation in whose topic it stands or whose card it replies to, or ''; that one's newest message
-- as JSON, or '', and its group, or ''; '1' if it replies to the question whom one is looking for; '1' if it may be
-- a note: one was asked for, or this update was decided to be one; the same for a reason for passing on; '1' if it
-- is an answer to that conversation, and no try at a phrase: of who is on duty, or decided to be one before.
local hash = require 'lua'
local keys = require 'model'

local operator, chat, update, thread, replied = unpack(ARGV)

local function is_there(...)
  return redis.call('EXISTS', ...) > 0 and '1' or ''
end

local function at(family, message)
  return message ~= '0' and redis.call('GET', family .. chat .. ':' .. message) or nil
end

-- What try_phrase.lua says of a reply to a card; what it has said of this update before stands.
local function is_answer()
  return redis.call('EXISTS', keys.decided .. update .. ':reply') == 1
    or redis.call('EXISTS', keys.operator .. operator) == 1 and redis.call('EXISTS', keys.decided .. update) == 0
end

local id = at(keys.topic, thread) or at(keys.card, replied)
local newest = id and redis.call('ZRANGE', keys.messages .. id, 0, 0, 'REV')[1]
return {
  id or '',
  newest and redis.call('GET', keys.message .. newest) or '',
  id and hash.get(keys.conversation .. id, 'group') or '',
  at(keys.find_asked, replied) and '1' or '',
  is_there(keys.noting .. operator, keys.decided .. update .. ':note'),
  is_there(keys.pass_asked .. operator, keys.decided .. update .. ':pass'),
  id and is_answer() and '1' or '',
}
