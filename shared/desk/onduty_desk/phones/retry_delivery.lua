-- Take a delivery that was given up out of the failed list and let its messages wait again: for
-- the same phone if its operator is on duty, else for the group.
--
-- ARGV: failure id. Returns 'phone', 'group', 'expired' (the conversation is gone), 'unusable' (the
-- failure cannot be read: it stays) or 'gone' (no such failure: somebody was faster).
local audience, conversations = require 'conversations'
local failed = require 'failures'
local urgency = require 'lua'
local timetable = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local id = ARGV[1]
local function is_usable(fields)
  local has_all = type(fields.chat) == 'string' and type(fields.conversation) == 'string'
  for _, message in ipairs(type(fields.messages) == 'table' and fields.messages or { false }) do
    has_all = has_all and type(message) == 'string'
  end
  return has_all
end

local failure, why_not = failed.read(id, is_usable)
if not failure then
  return why_not
end
failed.remove(id)
local chat, conversation = failure.chat, failure.conversation
local field = redis.call('HMGET', keys.conversation .. conversation, 'priority', 'waiting_since_ms', 'offered_seq')
local first
for _, message in ipairs(failure.messages) do
  local seq = tonumber(redis.call('ZSCORE', keys.messages .. conversation, message))
  if seq then
    first = math.min(first or seq, seq)
  end
end
if not field[1] or not first then
  return 'expired'
end
local score = urgency.score(field[1], tonumber(field[2]))
if operators.is_on_duty(chat) and audience.may_have(conversations.read(conversation), chat) then
  for _, message in ipairs(failure.messages) do
    redis.call('HSET', keys.deliveries .. message, chat, words.delivery.waiting)
  end
  local cursors = keys.cursor .. conversation
  local cursor = tonumber(redis.call('HGET', cursors, chat) or first)
  redis.call('HSET', cursors, chat, math.min(cursor, first - 1))
  redis.call('EXPIRE', cursors, redis.call('TTL', keys.conversation .. conversation))
  timetable.line_up(chat, conversation, score)
  return 'phone'
end
conversations.write(conversation, { offered_seq = math.min(tonumber(field[3]), first - 1) })
redis.call('ZADD', keys.accepted, 'LT', score, conversation)
return 'group'
