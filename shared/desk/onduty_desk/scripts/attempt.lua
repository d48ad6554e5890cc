-- Write down exactly what is about to be sent, just before it is: if the sender dies now, the
-- next one knows that these messages may have arrived.
--
-- ARGV: chat, lease token, least lease left in ms, attempt id, conversation, how many parts, JSON
-- array of message ids.
-- Returns the attempt as JSON, or '' when the lease is gone, the operator is off duty, or the
-- attempt was settled meanwhile: then nothing may be sent.
local chat, token, margin_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local id, conversation, parts, messages = ARGV[4], ARGV[5], tonumber(ARGV[6]), cjson.decode(ARGV[7])
local key = 'onduty:chat:' .. chat
local field = redis.call('HMGET', key, 'lease', 'lease_until_ms', 'attempt')
if field[1] ~= token or tonumber(field[2]) < now_ms() + margin_ms then
  return ''
end
if redis.call('EXISTS', 'onduty:operator:' .. chat) == 0 then
  redis.call('ZADD', 'onduty:timetable', ms(now_ms()), chat)
  redis.call('HDEL', key, 'lease', 'lease_until_ms')
  return ''
end
local attempt
if field[3] then
  attempt = cjson.decode(field[3])
  if attempt.id ~= id then
    return ''
  end
else
  attempt = { id = id, conversation = conversation, messages = messages, parts = parts, part = 0,
    sent = {}, failures = 0, unknowns = 0, in_flight = false }
end
if attempt.in_flight then
  attempt.unknowns = attempt.unknowns + 1 -- whoever sent it before never said what came of it
end
attempt.in_flight = true
for _, message in ipairs(messages) do
  redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'attempting')
end
local json = cjson.encode(attempt)
redis.call('HSET', key, 'attempt', json)
return json
