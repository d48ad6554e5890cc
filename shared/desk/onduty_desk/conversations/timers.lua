-- The timers of a conversation, by the clock of people.
local lifetime = require 'conversations/lifetime'
local integer = require 'lua/integer'
local keys = require 'model/keys'

local timers = {}

-- Let a conversation stand where its moments, of the clock of people, are looked at, by the soonest.
local MOMENTS = { 'nudge_at_ms', 'return_at_ms', 'first_until_ms' }
function timers.stand(id)
  local soonest
  for _, at in ipairs(redis.call('HMGET', keys.conversation .. id, unpack(MOMENTS))) do
    at = at and tonumber(at)
    soonest = at and math.min(soonest or at, at) or soonest
  end
  if soonest then
    redis.call('ZADD', keys.due, integer(soonest), id)
    lifetime.outlast(keys.due, id)
  else
    redis.call('ZREM', keys.due, id)
  end
end

-- Nobody is waited for or reminded any more.
function timers.clear(id)
  redis.call(
    'HDEL',
    keys.conversation .. id,
    'nudged',
    'nudge_at_ms',
    'return_at_ms',
    'first_until_ms',
    'returned_from',
    'returned_by',
    'was_with',
    'ring',
    'ring_except',
    'closed_by'
  )
end

return timers
