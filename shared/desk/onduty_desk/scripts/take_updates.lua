-- Take the oldest update of each chat whose moment has come, the chat under a lease. The lease is
-- the chat's next moment itself: whoever is killed holds the chat up only until then.
--
-- ARGV: lease in ms, most chats.
-- Returns { ms until the next chat's moment or -1, then for each chat: { chat, lease, update id,
-- JSON } }.
local lease_ms, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = now_ms()
local taken = { '-1' }
for _, chat in ipairs(redis.call('ZRANGE', 'onduty:updates', '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local head = redis.call('ZRANGE', 'onduty:updates:' .. chat, 0, 0, 'WITHSCORES')
  if #head == 0 then
    redis.call('ZREM', 'onduty:updates', chat)
  else
    local lease = ms(now + lease_ms)
    redis.call('ZADD', 'onduty:updates', lease, chat)
    table.insert(taken, { chat, lease, ms(tonumber(head[2])), head[1] })
  end
end
local soonest = redis.call('ZRANGE', 'onduty:updates', 0, 0, 'WITHSCORES')
if soonest[2] then
  taken[1] = ms(math.max(0, tonumber(soonest[2]) - now))
end
return taken
