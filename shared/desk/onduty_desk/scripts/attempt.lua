-- Write down exactly what is about to be sent, just before it is: if the sender dies now, the
-- next one knows that these messages may have arrived.
--
-- ARGV: chat, lease token, least lease left in ms, attempt id, 'new' or 'under way', conversation,
-- how many parts, JSON array of message ids.
-- Returns the attempt as JSON, or '' when the lease is gone, the operator is off duty, or the
-- attempt was settled meanwhile: then nothing may be sent.
local chat, token, margin_ms, id, is_new = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5] == 'new'
local conversation, parts, messages = ARGV[6], tonumber(ARGV[7]), cjson.decode(ARGV[8])
local key = 'onduty:chat:' .. chat
local field = redis.call('HMGET', key, 'lease', 'lease_until_ms', 'attempt')
local now = now_ms()
if field[1] ~= token or tonumber(field[2]) < now + margin_ms then
  return ''
end
local attempt = field[3] and cjson.decode(field[3])
local is_as_taken = is_new and not attempt or not is_new and attempt and attempt.id == id
if not is_as_taken or redis.call('EXISTS', 'onduty:operator:' .. chat) == 0 then
  redis.call('HDEL', key, 'lease', 'lease_until_ms') -- whoever looks next sees what is to be done
  stand(chat, now)
  return ''
end
attempt = attempt or { id = id, conversation = conversation, messages = messages, parts = parts,
  part = 0, sent = {}, failures = 0, unknowns = 0, in_flight = false }
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
