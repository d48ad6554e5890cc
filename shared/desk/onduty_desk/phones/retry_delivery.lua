-- Take a delivery that was given up out of the failed list and let its messages wait again: for
-- the same phone if its operator is on duty, else for the group.
--
-- ARGV: failure id. Returns 'phone', 'group', 'expired' (the conversation is gone), 'unusable' (the
-- failure cannot be read: it stays) or 'gone' (no such failure: somebody was faster).
local audience, conversations, key_lifetimes, transcript = require 'conversations'
local failed = require 'failures'
local hash = require 'lua'
local deliveries, timetable = require 'phones'
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
local fields, first = conversations.read(conversation), nil
for _, message in ipairs(failure.messages) do
  local seq = transcript.seq_of(conversation, message)
  if seq then
    first = math.min(first or seq, seq)
  end
end
if not fields.priority or not first then
  return 'expired'
end
if operators.is_on_duty(chat) and audience.may_have(fields, chat) then
  for _, message in ipairs(failure.messages) do
    deliveries.mark(message, chat, words.delivery.waiting)
  end
  local cursor = tonumber(deliveries.cursor(conversation, chat) or first)
  deliveries.move_cursor(conversation, chat, math.min(cursor, first - 1))
  hash.expire(keys.cursor .. conversation, key_lifetimes.lasts_s(conversation))
  timetable.line_up(chat, conversation, conversations.score(fields))
  return 'phone'
end
conversations.write(conversation, { offered_seq = math.min(tonumber(fields.offered_seq), first - 1) })
conversations.let_route(conversation, fields)
return 'group'
