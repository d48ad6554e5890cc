-- How long keys about a conversation live.
local hash = require 'lua'
local keys = require 'model'

local key_lifetimes = {}

-- What must last as long as a conversation whose customer writes on, but is let live only once an
-- hour, lasts that much longer.
key_lifetimes.HOUR_S = 3600

-- How long a conversation lives still, in seconds.
function key_lifetimes.lasts_s(id)
  return hash.ttl(keys.conversation .. id)
end

-- A key about a conversation lasts at least as long as that does, or longer by so much.
function key_lifetimes.outlast(key, id, by_s)
  local lasts_s = key_lifetimes.lasts_s(id) + (by_s or 0)
  if redis.call('TTL', key) < lasts_s then
    redis.call('EXPIRE', key, lasts_s)
  end
end

-- The same for a hash.
function key_lifetimes.hash_outlasts(key, id)
  if hash.ttl(key) < key_lifetimes.lasts_s(id) then
    hash.expire(key, key_lifetimes.lasts_s(id))
  end
end

return key_lifetimes
