-- What the admins are to be told, at most once a minute: one bot takes it, tells it, and says so.
--
-- ARGV: 'take' with a lease and the time between two summaries (both ms), 'told' with the summary's
-- id, 'not_told' (it can be taken again), or 'unreadable' (it held nothing to tell, and does not
-- delay the next).
-- Returns the summary as a flat hash with an `id`; empty if there is none to be told now.
local clock, integer = require 'lua'
local keys = require 'model'

local NEWS, TELLING, LEASE, LAST = keys.guessing, keys.guessing_telling, keys.guessing_lease, keys.guessing_last
if ARGV[1] ~= 'take' then
  if redis.call('HGET', TELLING, 'id') == ARGV[2] then
    redis.call('DEL', LEASE, ARGV[1] == 'not_told' and LEASE or TELLING)
    if ARGV[1] == 'unreadable' then
      redis.call('DEL', LAST)
    end
  end
  return {}
end
local now, lease_ms, every_ms = clock.ms(), tonumber(ARGV[2]), tonumber(ARGV[3])
if tonumber(redis.call('GET', LEASE) or 0) > now then
  return {}
end
if redis.call('EXISTS', TELLING) == 0 then
  local last = tonumber(redis.call('GET', LAST) or 0)
  if redis.call('EXISTS', NEWS) == 0 or last + every_ms > now then
    return {}
  end
  redis.call('RENAME', NEWS, TELLING)
  redis.call('HSET', TELLING, 'id', integer(now))
  redis.call('SET', LAST, integer(now), 'PX', every_ms)
end
redis.call('SET', LEASE, integer(now + lease_ms), 'PX', lease_ms)
return redis.call('HGETALL', TELLING)
