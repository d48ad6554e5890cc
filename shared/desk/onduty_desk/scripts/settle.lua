-- Write down what came of an attempt, and when the phone is looked at next.
--
-- ARGV: chat, lease token, attempt id, outcome, its detail, pause in ms, retention in seconds.
-- Outcomes: sent (detail: the Telegram message id), later (429: not counted, the chat pauses),
-- again (not counted), failed (counted), unknown (counted), given_up (detail: why).
-- Returns 'settled', or 'gone' when another sender settled this attempt before.
--
-- `sent` is written down even by a sender whose lease has run out: the lease guards the
-- timetable, never the truth.
local chat, token, id, outcome, detail = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local pause_ms, retention_s = tonumber(ARGV[6]), tonumber(ARGV[7])
local key = 'onduty:chat:' .. chat
local now = now_ms()
local has_lease = redis.call('HGET', key, 'lease') == token

local json = redis.call('HGET', key, 'attempt')
local attempt = json and cjson.decode(json)
if not attempt or attempt.id ~= id then
  return 'gone'
end
if not has_lease and outcome ~= 'sent' then
  return 'gone'
end

local function finish(state)
  for _, message in ipairs(attempt.messages) do
    redis.call('HSET', 'onduty:deliveries:' .. message, chat, state)
  end
  redis.call('HDEL', key, 'attempt')
  tidy_outbox(attempt.conversation, chat)
end

attempt.in_flight = false
if outcome == 'sent' then
  redis.call('SET', 'onduty:card:' .. chat .. ':' .. detail, attempt.conversation, 'EX', retention_s)
  table.insert(attempt.sent, detail)
  attempt.part = attempt.part + 1
  attempt.failures, attempt.unknowns = 0, 0
elseif outcome == 'failed' then
  attempt.failures = attempt.failures + 1
elseif outcome == 'unknown' then
  attempt.unknowns = attempt.unknowns + 1
elseif outcome == 'later' then
  refuse(chat, now_us(), pause_ms * 1000)
end

if attempt.part >= attempt.parts then
  finish('sent ' .. table.concat(attempt.sent, ','))
elseif outcome == 'given_up' then
  finish('given up: ' .. detail)
  local failure = 'delivery-' .. chat .. '-' .. id
  redis.call('HSET', 'onduty:failures', failure, cjson.encode({ kind = 'delivery', chat = chat,
    conversation = attempt.conversation, messages = attempt.messages, reason = detail, at_ms = now }))
  redis.call('ZADD', 'onduty:failed', ms(now), failure)
else
  redis.call('HSET', key, 'attempt', cjson.encode(attempt))
end

if has_lease then
  redis.call('HDEL', key, 'lease', 'lease_until_ms')
  local next_at = math.max(now + pause_ms, tonumber(redis.call('HGET', key, 'next_at_ms') or 0),
    math.ceil(chat_free_at(chat, now_us()) / 1000))
  redis.call('HSET', key, 'next_at_ms', ms(next_at))
  stand(chat, next_at)
end
return 'settled'
