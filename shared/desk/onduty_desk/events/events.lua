-- What the chat backend is told.
local json = require 'events'
local clock, hash, integer = require 'lua'
local keys = require 'model'

local events = {}

-- Let a conversation with undelivered events stand on their timetable; one that stands already
-- keeps its moment: somebody is at it, or it failed and waits.
function events.wait(id, retention_s)
  redis.call('ZADD', keys.events_due, 'NX', integer(clock.ms()), id)
  redis.call('ZADD', keys.events_since, 'NX', integer(clock.ms()), id)
  if redis.call('TTL', keys.events_due) < retention_s then
    redis.call('EXPIRE', keys.events_due, retention_s)
    redis.call('EXPIRE', keys.events_since, retention_s)
  end
end

-- The oldest undelivered event of a conversation, or nil if none is left: so old is what the backend has
-- not confirmed. An event's id begins with the moment at which it happened.
function events.note_oldest(id, event_id)
  local since_ms = event_id and tonumber(string.sub(event_id, 1, 12), 16)
  if since_ms then
    redis.call('ZADD', keys.events_since, integer(since_ms), id)
  else
    redis.call('ZREM', keys.events_since, id)
  end
end

-- A version before this one delivers without noting it: what is not on the timetable is over.
function events.forget_delivered()
  local oldest = redis.call('ZRANGE', keys.events_since, 0, 0)[1]
  if oldest and not redis.call('ZSCORE', keys.events_due, oldest) then
    redis.call('ZREM', keys.events_since, oldest)
  end
end

-- Tell the chat backend: call it in the step that changes the conversation. `fields` are the
-- event's own: strings, booleans, integers, and person() for `operator` and `previous`; nil leaves
-- one out. Nothing is kept unless a dispatcher delivers events (see onduty:events-wanted). Returns the
-- event's id, or nil if it is not kept.
--
-- The sequence starts at 1, and anew when the conversation has expired; the id never repeats.
function events.emit(id, kind, fields)
  local retention_s = tonumber(redis.call('GET', keys.events_wanted))
  if not retention_s then
    return
  end
  local conversation, list, now = keys.conversation .. id, keys.events .. id, clock.ms()
  local sequence = hash.add(conversation, 'event_seq', 1)
  if hash.ttl(conversation) < 0 then
    hash.expire(conversation, retention_s)
  end
  local event_id = string.format('%012x', now) .. string.sub(redis.sha1hex(sequence .. ' ' .. id), 1, 20)
  local event = {
    '"type":' .. cjson.encode(kind),
    '"id":"' .. event_id .. '"',
    '"conversation_id":' .. cjson.encode(id),
    '"occurred_at":"' .. json.iso(now) .. '"',
    '"sequence":' .. json.of(sequence),
  }
  local own = json.of(fields or {})
  if own ~= '{}' then
    table.insert(event, string.sub(own, 2, -2))
  end
  redis.call('RPUSH', list, '{' .. table.concat(event, ',') .. '}')
  redis.call('EXPIRE', list, retention_s)
  events.wait(id, retention_s)
  return event_id
end

-- What the backend was to be told of a conversation, it is not told.
function events.forget(id)
  redis.call('DEL', keys.events .. id, keys.events_trying .. id)
  redis.call('ZREM', keys.events_due, id)
  redis.call('ZREM', keys.events_since, id)
end

return events
