-- Write down exactly what is about to be sent, just before it is: if the sender dies now, the
-- next one knows that these messages may have arrived.
--
-- ARGV: least lease left in ms, then for each card: chat, lease token, attempt id, 'new' or
-- 'under way', conversation, how many parts, JSON array of message ids.
-- No answer while Telegram was away says nothing about this card: it counts as a possible repeat only.
--
-- Returns for each the attempt as JSON, or '' when the lease is gone, the operator is off duty,
-- somebody else has claimed the conversation, the attempt was settled meanwhile, or Telegram is away:
-- then nothing may be sent.
local audience, conversations = require 'conversations'
local clock, isolate = require 'lua'
local copies, timetable = require 'phones'
local operators = require 'roster'
local reach = require 'telegram'
local keys, words = require 'model'

local margin_ms = tonumber(ARGV[1])
local now, is_away = clock.ms(), reach.is_away()

-- An attempt at this message was dropped, and nobody knows what came of it.
local function may_have_come(conversation, chat, message)
  local maybe = copies.of(conversation, chat).maybe_seq
  return maybe and tonumber(redis.call('ZSCORE', keys.messages .. conversation, message) or 0) <= maybe
end

local function begin(chat, token, id, is_new, conversation, parts, messages)
  local key = keys.chat .. chat
  local field = redis.call('HMGET', key, 'lease', 'lease_until_ms', 'attempt')
  if field[1] ~= token or tonumber(field[2]) < now + margin_ms then
    return ''
  end
  local attempt = field[3] and cjson.decode(field[3])
  local is_as_taken = is_new and not attempt or not is_new and attempt and attempt.id == id
  if
    not is_as_taken
    or is_away
    or not operators.is_on_duty(chat)
    or not audience.may_have(conversations.read(conversation), chat)
  then
    redis.call('HDEL', key, 'lease', 'lease_until_ms') -- whoever looks next sees what is to be done
    timetable.stand(chat, now)
    return ''
  end
  attempt = attempt
    or {
      id = id,
      conversation = conversation,
      messages = messages,
      parts = parts,
      part = 0,
      sent = {},
      unknowns = 0,
      maybe = may_have_come(conversation, chat, messages[1]),
      in_flight = false,
    }
  if attempt.in_flight then -- whoever sent it before never said what came of it
    attempt.unknowns, attempt.unknown_ms = attempt.unknowns + 1, attempt.begun_ms
  end
  if reach.was_away_at(attempt.unknown_ms) then
    attempt.unknowns, attempt.maybe = attempt.unknowns - 1, true
  end
  attempt.in_flight, attempt.begun_ms, attempt.unknown_ms = true, now, nil
  for _, message in ipairs(messages) do
    redis.call('HSET', keys.deliveries .. message, chat, words.delivery.attempting)
  end
  local json = cjson.encode(attempt)
  redis.call('HSET', key, 'attempt', json)
  return json
end

local answers = {}
for i = 2, #ARGV, 7 do
  table.insert(
    answers,
    isolate.call(
      begin,
      ARGV[i],
      ARGV[i + 1],
      ARGV[i + 2],
      ARGV[i + 3] == 'new',
      ARGV[i + 4],
      tonumber(ARGV[i + 5]),
      cjson.decode(ARGV[i + 6])
    )
  )
end
return answers
