-- A phone's place on the timetable: when it is looked at next, and in which class.
local clock, integer, urgency = require 'lua'
local keys = require 'model'

local timetable = {}

-- Until when what is to be drawn anew is held after a failure. What lies further ahead than it can
-- was written before Redis's clock was set back.
timetable.LONGEST_EDIT_HOLD_MS = 30000
function timetable.held_until(score)
  local at = score % 1e14
  return at <= clock.ms() + timetable.LONGEST_EDIT_HOLD_MS and at or 0
end

-- Let a phone stand on the timetable once: in the class of what is most urgent for it, by when it
-- may be looked at. A phone with nothing to come is forgotten.
function timetable.stand(chat, at)
  local key = keys.chat .. chat
  local known = redis.call('HMGET', key, 'class', 'edits_at_ms')
  local news = redis.call('ZRANGE', keys.outbox .. chat, 0, 0, 'WITHSCORES')
  local drawing = redis.call('ZRANGE', keys.redraws .. chat, 0, 0, 'WITHSCORES')
  local first = math.min(tonumber(news[2] or 'inf'), tonumber(drawing[2] or 'inf'))
  local class = first < math.huge and urgency.class_of(first) or nil
  local old = known[1]
  if old and old ~= class then
    redis.call('ZREM', keys.timetable .. old, chat)
  end
  if not class then
    redis.call('DEL', key)
    return
  end
  if class == 'edits' then
    at = math.max(at, tonumber(known[2] or 0), timetable.held_until(first)) -- its first may be held after a failure
  end
  redis.call('ZADD', keys.timetable .. class, integer(at), chat)
  if old ~= class then
    redis.call('HSET', key, 'class', class)
  end
end

-- Let a phone's cards not be drawn anew before that.
function timetable.hold_edits(chat, until_ms)
  local key = keys.chat .. chat
  local held = redis.call('HGET', key, 'edits_at_ms')
  if redis.call('EXISTS', key) == 1 and until_ms > tonumber(held or 0) then
    redis.call('HSET', key, 'edits_at_ms', integer(until_ms))
  end
end

-- Something is new for a phone: whoever has its lease, or its next moment, is waited for.
function timetable.something_new(chat)
  local moments = redis.call('HMGET', keys.chat .. chat, 'next_at_ms', 'lease_until_ms')
  timetable.stand(chat, math.max(tonumber(moments[1] or 0), tonumber(moments[2] or 0)))
end

-- Let a conversation stand in a phone's outbox, unless it stands there further ahead.
function timetable.line_up(chat, id, score)
  redis.call('ZADD', keys.outbox .. chat, 'LT', score, id)
  timetable.something_new(chat)
end

-- A dispatcher is done with a phone that it had a lease of: it is looked at again after the pause, but
-- not before `next_at_ms` or before Telegram takes something for it again.
function timetable.end_lease(chat, next_at_ms)
  redis.call('HDEL', keys.chat .. chat, 'lease', 'lease_until_ms')
  redis.call('HSET', keys.chat .. chat, 'next_at_ms', integer(next_at_ms))
  timetable.stand(chat, next_at_ms)
end

-- Whether a dispatcher is sending or drawing something there.
function timetable.has_lease(chat)
  return tonumber(redis.call('HGET', keys.chat .. chat, 'lease_until_ms') or 0) > clock.ms()
end

return timetable
