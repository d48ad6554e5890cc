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
local audience, conversations, transcript = require 'conversations'
local clock, hash, isolate = require 'lua'
local copies, deliveries, timetable = require 'phones'
local operators = require 'roster'
local reach = require 'telegram'
local keys, words = require 'model'

local margin_ms = tonumber(ARGV[1])
local now, is_away = clock.ms(), reach.is_away()

-- An attempt at this message was dropped, and nobody knows what came of it.
local function may_have_come(conversation, chat, message)
  local maybe = copies.of(conversation, chat).maybe_seq
  return maybe and (transcript.seq_of(conversation, message) or 0) <= maybe
end

local function begin(chat, token, id, is_new, conversation, parts, messages)
  local key = keys.chat .. chat
  local phone = hash.now(key)
  if phone.lease ~= token or tonumber(phone.lease_until_ms) < now + margin_ms then
    return ''
  end
  local attempt = phone.attempt and cjson.decode(phone.attempt)
  local is_as_taken = is_new and not attempt or not is_new and attempt and attempt.id == id
  if
    not is_as_taken
    or is_away
    or not operators.is_on_duty(chat)
    or not audience.may_have(conversations.read(conversation), chat, copies.of(conversation, chat).silent)
  then
    hash.remove(key, 'lease', 'lease_until_ms') -- whoever looks next sees what is to be done
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
    deliveries.mark(message, chat, words.delivery.attempting)
  end
  local json = cjson.encode(attempt)
  hash.set(key, 'attempt', json)
  return json
end

local chats, chats_of = {}, {}
for i = 2, #ARGV, 7 do
  table.insert(chats, ARGV[i])
  local id = ARGV[i + 4]
  chats_of[id] = chats_of[id] or {}
  table.insert(chats_of[id], ARGV[i])
end
operators.read_ahead(chats)
for id, of in pairs(chats_of) do
  copies.read_ahead(id, of)
  isolate.call(audience.read_ahead, id, of)
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
