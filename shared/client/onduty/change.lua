-- Line up what the customer does with a message that was pushed before, in order with the messages of its
-- conversation. Of a message that is not known nothing is lined up. Said again while it is still the last
-- in line, it changes nothing.
--
-- ARGV: retention in seconds, message id, 'edit' and the new text, or 'retract'. Run as accept.lua is.
local retention_s, message = ARGV[1], ARGV[2]
local is_json, known = pcall(cjson.decode, redis.call('GET', 'onduty:message:' .. message) or '')
if not is_json or type(known) ~= 'table' or type(known.conversation_id) ~= 'string' then
  return 0
end
local entry = cjson.encode({ ARGV[3], message, ARGV[4] })
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local inbox = 'onduty:inbox:' .. known.conversation_id
if redis.call('LINDEX', inbox, -1) ~= entry then
  redis.call('RPUSH', inbox, entry)
end
redis.call('EXPIRE', inbox, retention_s)
redis.call('ZADD', 'onduty:accepted', 'LT', string.format('%.0f', 1e14 + now_ms), known.conversation_id)
return 1
