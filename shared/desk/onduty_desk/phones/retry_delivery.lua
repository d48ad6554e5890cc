-- Take a delivery that was given up out of the failed list and let its messages wait again: for
-- the same phone if its operator is on duty, else for the group.
--
-- ARGV: failure id. Returns 'phone', 'group', 'expired' (the conversation is gone), 'unusable' (the
-- failure cannot be read: it stays) or 'gone' (no such failure: somebody was faster).
local conversations = require 'conversations/conversations'
local urgency = require 'lua/urgency'
local timetable = require 'phones/timetable'
local operators = require 'roster/operators'
local keys = require 'model/keys'

local id = ARGV[1]
local json = redis.call('HGET', keys.failures, id)
if not json then
  return 'gone'
end
local is_json, failure = pcall(cjson.decode, json)
if
  not is_json
  or type(failure) ~= 'table'
  or type(failure.chat) ~= 'string'
  or type(failure.conversation) ~= 'string'
  or type(failure.messages) ~= 'table'
then
  return 'unusable'
end
for _, message in ipairs(failure.messages) do
  if type(message) ~= 'string' then
    return 'unusable'
  end
end
redis.call('HDEL', keys.failures, id)
redis.call('ZREM', keys.failed, id)
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
if operators.is_on_duty(chat) and conversations.may_have(conversations.read(conversation), chat) then
  for _, message in ipairs(failure.messages) do
    redis.call('HSET', keys.deliveries .. message, chat, 'waiting')
  end
  redis.call('ZADD', keys.outbox .. chat, 'LT', score, conversation)
  local cursors = keys.cursor .. conversation
  local cursor = tonumber(redis.call('HGET', cursors, chat) or first)
  redis.call('HSET', cursors, chat, math.min(cursor, first - 1))
  redis.call('EXPIRE', cursors, redis.call('TTL', keys.conversation .. conversation))
  timetable.something_new(chat)
  return 'phone'
end
redis.call('HSET', keys.conversation .. conversation, 'offered_seq', math.min(tonumber(field[3]), first - 1))
redis.call('ZADD', keys.accepted, 'LT', score, conversation)
return 'group'
