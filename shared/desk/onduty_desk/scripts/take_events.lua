-- Take conversations whose next event is due, each under a lease.
--
-- ARGV: lease token, lease in ms, most conversations, days' worth of seconds that events are kept.
-- Returns { ms until there is more to take or -1,
--   the events taken, each as { conversation, event as JSON, how often it has failed } }
--
-- To ask is to say that events are wanted: scripts keep them for a day after nobody asked.
local token, lease_ms, most, retention_s = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local WANTED_S = 86400
local now = now_ms()

if redis.call('GET', 'onduty:events-wanted') ~= retention_s
  or redis.call('TTL', 'onduty:events-wanted') < WANTED_S - 60 then
  redis.call('SET', 'onduty:events-wanted', retention_s, 'EX', WANTED_S)
end

local taken = {}
for _, id in ipairs(redis.call('ZRANGE', 'onduty:events', '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local event, trying = redis.call('LINDEX', 'onduty:events:' .. id, 0), 'onduty:events-trying:' .. id
  if event then
    redis.call('HSET', trying, 'lease', token)
    redis.call('HSETNX', trying, 'since_ms', ms(now))
    redis.call('EXPIRE', trying, retention_s)
    redis.call('ZADD', 'onduty:events', ms(now + lease_ms), id)
    table.insert(taken, { id, event, tonumber(redis.call('HGET', trying, 'failures') or 0) })
  else
    redis.call('ZREM', 'onduty:events', id) -- its events have expired
    redis.call('DEL', trying)
  end
end
local soonest = redis.call('ZRANGE', 'onduty:events', 0, 0, 'WITHSCORES')
return { soonest[2] and ms(math.max(0, tonumber(soonest[2]) - now)) or '-1', taken }
