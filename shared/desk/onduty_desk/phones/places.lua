-- What waits at a phone: the conversations in its outbox, to be sent, and its redraws, to be drawn anew.
-- Either is a sorted set, by urgency and then by age; its first is read once a call.
local places = {}

local firsts -- by key: { conversation, score }, or false if there is none

function places.begin()
  firsts = {}
end

-- The first conversation there and its score, or nil.
function places.first(key)
  if firsts[key] == nil then
    local found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    firsts[key] = found[1] and found or false
  end
  local first = firsts[key]
  if first then
    return first[1], first[2]
  end
end

-- Nothing stands there, as far as this call has not found otherwise.
function places.note_empty(key)
  firsts[key] = firsts[key] or false
end

-- Let a conversation stand there, unless it stands there further ahead.
function places.add(key, score, id)
  firsts[key] = firsts[key] == false and { id, score } or nil
  redis.call('ZADD', key, 'LT', score, id)
end

-- Let it stand at just this place.
function places.move(key, score, id)
  firsts[key] = nil
  redis.call('ZADD', key, score, id)
end

function places.remove(key, id)
  if firsts[key] ~= false then
    firsts[key] = nil
    redis.call('ZREM', key, id)
  end
end

function places.clear(key)
  firsts[key] = false
  redis.call('DEL', key)
end

return places
