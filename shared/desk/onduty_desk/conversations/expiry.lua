-- How long keys about a conversation live.
local keys = require 'model'

local expiry = {}

-- What must last as long as a conversation whose customer writes on, but is let live only once an
-- hour, lasts that much longer.
expiry.HOUR_S = 3600

-- A key about a conversation lasts at least as long as that does, or longer by so much.
function expiry.outlast(key, id, by_s)
  local lasts_s = redis.call('TTL', keys.conversation .. id) + (by_s or 0)
  if redis.call('TTL', key) < lasts_s then
    redis.call('EXPIRE', key, lasts_s)
  end
end

return expiry
