-- Take the oldest update of each chat whose moment has come, the chat under a lease. The lease is
-- the chat's next moment itself: whoever is killed holds the chat up only until then. Strangers have
-- places of their own, so that however many they are, an operator's tap waits behind none of them.
--
-- ARGV: lease in ms, most chats of operators, most chats of strangers.
-- Returns { ms until the next chat's moment or -1, then for each chat: { chat, lease, update id,
-- JSON, '1' if it is a stranger's or '0' } }. A moment counts only where there is a place.
local lease_ms, most = tonumber(ARGV[1]), { tonumber(ARGV[2]), tonumber(ARGV[3]) }
local now = now_ms()
local taken, next_in = { '-1' }, nil
for n, lane in ipairs(UPDATE_LANES) do
  local chats = most[n] > 0 and redis.call('ZRANGE', lane, '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, most[n]) or {}
  for _, chat in ipairs(chats) do
    local head = redis.call('ZRANGE', 'onduty:updates:' .. chat, 0, 0, 'WITHSCORES')
    if #head == 0 then
      redis.call('ZREM', lane, chat)
    else
      local lease = ms(now + lease_ms)
      redis.call('ZADD', lane, lease, chat)
      table.insert(taken, { chat, lease, ms(tonumber(head[2])), head[1], n == 2 and '1' or '0' })
    end
  end
  local soonest = #chats < most[n] and redis.call('ZRANGE', lane, 0, 0, 'WITHSCORES') or {}
  if soonest[2] then
    local due_in = math.max(0, tonumber(soonest[2]) - now)
    next_in = math.min(next_in or due_in, due_in)
  end
end
if next_in then
  taken[1] = ms(next_in)
end
return taken
