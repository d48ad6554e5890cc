-- Take conversations whose next event is due, each under a lease.
--
-- ARGV: lease token, lease in ms, most conversations, days' worth of seconds that events are kept.
-- Returns { ms until there is more to take or -1,
--   the events taken, each as { conversation, event id, event as JSON, how often it has failed },
--   conversations whose next event cannot be read, each with the error: it is in the failed list }
--
-- To ask is to say that events are wanted: scripts keep them for a day after nobody asked.
local token, lease_ms, most, retention_s = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local WANTED_S = 86400
local now = now_ms()

if redis.call('GET', 'onduty:events-wanted') ~= retention_s
  or redis.call('TTL', 'onduty:events-wanted') < WANTED_S - 60 then
  redis.call('SET', 'onduty:events-wanted', retention_s, 'EX', WANTED_S)
end

local function take(id)
  local event, trying = redis.call('LINDEX', 'onduty:events:' .. id, 0), 'onduty:events-trying:' .. id
  if not event then
    redis.call('ZREM', 'onduty:events', id) -- its events have expired
    redis.call('DEL', trying)
    return
  end
  local event_id = cjson.decode(event).id
  redis.call('HSET', trying, 'lease', token)
  redis.call('HSETNX', trying, 'since_ms', ms(now))
  redis.call('EXPIRE', trying, retention_s)
  redis.call('ZADD', 'onduty:events', ms(now + lease_ms), id)
  return { id, event_id, event, tonumber(redis.call('HGET', trying, 'failures') or 0) }
end

-- The next event of a conversation cannot be read: those behind it go on.
local function set_aside(id, reason)
  local event = alone(redis.call, 'LINDEX', 'onduty:events:' .. id, 0)
  record_failure('events-' .. id .. '-' .. ms(now), { kind = 'step', conversation = id, step = 'event',
    reason = reason, unreadable = type(event) == 'string' and event or nil })
  local left = alone(function()
    redis.call('LPOP', 'onduty:events:' .. id)
    redis.call('DEL', 'onduty:events-trying:' .. id)
    return redis.call('LLEN', 'onduty:events:' .. id)
  end)
  if left == 0 or type(left) == 'table' then
    redis.call('ZREM', 'onduty:events', id)
  end
end

local taken, broken = {}, {}
for _, id in ipairs(redis.call('ZRANGE', 'onduty:events', '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local answer = alone(take, id)
  if answer and answer.err then
    set_aside(id, answer.err)
    table.insert(broken, { id, answer })
  elseif answer then
    table.insert(taken, answer)
  end
end
local soonest = redis.call('ZRANGE', 'onduty:events', 0, 0, 'WITHSCORES')
return { soonest[2] and ms(math.max(0, tonumber(soonest[2]) - now)) or '-1', taken, broken }
