-- Take a conversation that routing broke on out of what is to be routed, into the failed list, and
-- tell the backend of the messages that nobody got.
--
-- ARGV: conversation, reason.
local id, reason = ARGV[1], ARGV[2]
local failure, now = 'conversation-' .. id, now_ms()
local is_new = redis.call('HSET', 'onduty:failures', failure,
  cjson.encode({ kind = 'conversation', conversation = id, reason = reason, at_ms = now })) == 1
redis.call('ZADD', 'onduty:failed', ms(now), failure)
redis.call('ZREM', 'onduty:accepted', id)
-- What routing broke on may break this too: then what can be read is told.
local lost = {}
alone(function()
  local offered = redis.call('HGET', 'onduty:conversation:' .. id, 'offered_seq') or '0'
  lost = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. offered, '+inf', 'BYSCORE')
end)
alone(function()
  for _, entry in ipairs(redis.call('LRANGE', 'onduty:inbox:' .. id, 0, -1)) do
    local kind, message = unpack(cjson.decode(entry))
    if kind == 'message' then
      table.insert(lost, message)
    end
  end
end)
if is_new then
  alone(function()
    for _, message in ipairs(lost) do
      emit(id, 'message.undeliverable', { message_id = message, reason = reason })
    end
  end)
end
return 'set aside'
