-- Take conversations whose next event is due, each under a lease.
--
-- ARGV: lease token, lease in ms, most conversations, days' worth of seconds that events are kept.
-- Returns { ms until there is more to take or -1,
--   the events taken, each as { conversation, event id, event as JSON, how often it has failed },
--   conversations whose next event cannot be read, each with the error: it is in the failed list }
--
-- To ask is to say that events are wanted: scripts keep them for a day after nobody asked.
local events = require 'events'
local failed = require 'failures'
local clock, integer, isolate = require 'lua'
local keys = require 'model'

local token, lease_ms, most, retention_s = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local WANTED_S = 86400
local now = clock.ms()

if redis.call('GET', keys.events_wanted) ~= retention_s or redis.call('TTL', keys.events_wanted) < WANTED_S - 60 then
  redis.call('SET', keys.events_wanted, retention_s, 'EX', WANTED_S)
end

local function take(id)
  local event, trying = redis.call('LINDEX', keys.events .. id, 0), keys.events_trying .. id
  if not event then
    redis.call('ZREM', keys.events_due, id) -- its events have expired
    events.note_oldest(id)
    redis.call('DEL', trying)
    return
  end
  local event_id = cjson.decode(event).id
  events.note_oldest(id, event_id)
  redis.call('HSET', trying, 'lease', token)
  redis.call('HSETNX', trying, 'since_ms', integer(now))
  redis.call('EXPIRE', trying, retention_s)
  redis.call('ZADD', keys.events_due, integer(now + lease_ms), id)
  return { id, event_id, event, tonumber(redis.call('HGET', trying, 'failures') or 0) }
end

-- The next event of a conversation cannot be read: those behind it go on.
local function set_aside(id, reason)
  local event = isolate.call(redis.call, 'LINDEX', keys.events .. id, 0)
  failed.record('events-' .. id .. '-' .. integer(now), {
    kind = 'step',
    conversation = id,
    step = 'event',
    reason = reason,
    unreadable = type(event) == 'string' and event or nil,
  })
  local left = isolate.call(function()
    redis.call('LPOP', keys.events .. id)
    redis.call('DEL', keys.events_trying .. id)
    return redis.call('LLEN', keys.events .. id)
  end)
  if left == 0 or type(left) == 'table' then
    redis.call('ZREM', keys.events_due, id)
    events.note_oldest(id)
  end
end

events.forget_delivered()
local taken, broken = {}, {}
for _, id in ipairs(redis.call('ZRANGE', keys.events_due, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local answer = isolate.call(take, id)
  if answer and answer.err then
    set_aside(id, answer.err)
    table.insert(broken, { id, answer })
  elseif answer then
    table.insert(taken, answer)
  end
end
local soonest = redis.call('ZRANGE', keys.events_due, 0, 0, 'WITHSCORES')
return { soonest[2] and integer(math.max(0, tonumber(soonest[2]) - now)) or '-1', taken, broken }
