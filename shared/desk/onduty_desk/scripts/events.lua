-- Stands before every script of the desk, after the prelude: what the chat backend is told.

-- JSON of an event's parts. cjson would write an id above 10^14 as 1e+15: here a number is an
-- integer, exact up to 2^53, as Telegram's ids are. Names are sorted, a table is an object.
local function json_of(value)
  if type(value) == 'number' then
    return string.format('%.0f', value)
  elseif type(value) ~= 'table' then
    return cjson.encode(value)
  end
  local names, parts = {}, {}
  for name in pairs(value) do
    table.insert(names, name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    table.insert(parts, cjson.encode(name) .. ':' .. json_of(value[name]))
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- ISO 8601, in UTC, with milliseconds. (Days to a date: Howard Hinnant, "chrono-Compatible
-- Low-Level Date Algorithms"; scripts have no os.date.)
local function iso(at_ms)
  local seconds = math.floor(at_ms / 1000)
  local days, time = math.floor(seconds / 86400) + 719468, seconds % 86400
  local era = math.floor(days / 146097)
  local of_era = days - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  local day = of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day,
    math.floor(time / 3600), math.floor(time / 60) % 60, time % 60, at_ms % 1000)
end

-- An operator as events name them; of one who has gone off duty the name must be given.
local function person(id, name)
  name = name or redis.call('HGET', 'onduty:operator:' .. id, 'name')
  return { id = tonumber(id), name = name or '' }
end

-- Let a conversation with undelivered events stand on their timetable; one that stands already
-- keeps its moment: somebody is at it, or it failed and waits.
local function events_wait(id, retention_s)
  redis.call('ZADD', 'onduty:events', 'NX', ms(now_ms()), id)
  if redis.call('TTL', 'onduty:events') < retention_s then
    redis.call('EXPIRE', 'onduty:events', retention_s)
  end
end

-- Tell the chat backend: call it in the step that changes the conversation. `fields` are the
-- event's own: strings, booleans, integers, and person() for `operator` and `previous`; nil leaves
-- one out. Nothing is kept unless a dispatcher delivers events (see onduty:events-wanted).
--
-- The sequence starts at 1, and anew when the conversation has expired; the id never repeats.
local function emit(id, kind, fields)
  local retention_s = tonumber(redis.call('GET', 'onduty:events-wanted'))
  if not retention_s then
    return
  end
  local conversation, list, now = 'onduty:conversation:' .. id, 'onduty:events:' .. id, now_ms()
  local sequence = redis.call('HINCRBY', conversation, 'event_seq', 1)
  if redis.call('TTL', conversation) < 0 then
    redis.call('EXPIRE', conversation, retention_s)
  end
  local event = {
    '"type":' .. cjson.encode(kind),
    '"id":"' .. string.format('%012x', now) .. string.sub(redis.sha1hex(sequence .. ' ' .. id), 1, 20) .. '"',
    '"conversation_id":' .. cjson.encode(id),
    '"occurred_at":"' .. iso(now) .. '"',
    '"sequence":' .. json_of(sequence),
  }
  local own = json_of(fields or {})
  if own ~= '{}' then
    table.insert(event, string.sub(own, 2, -2))
  end
  redis.call('RPUSH', list, '{' .. table.concat(event, ',') .. '}')
  redis.call('EXPIRE', list, retention_s)
  events_wait(id, retention_s)
end
