-- When the timers of a conversation are due, by the clock of people: timers.lua does what is due.
local key_lifetimes, operators_rung = require 'conversations'
local hash, integer = require 'lua'
local keys = require 'model'

local deadlines = {}

-- The fields that say when, in the order in which they are looked at.
deadlines.FIELDS = { 'first_until_ms', 'return_at_ms', 'nudge_at_ms', 'close_at_ms' }

-- What holds only until a conversation changes hands: its timers, and what a ring or a card says of
-- how it came to be so.
local OVER = {
  'nudged',
  'kept',
  'nudge_at_ms',
  'return_at_ms',
  'close_at_ms',
  'first_until_ms',
  'returned_from',
  'returned_by',
  'was_with',
  'ring',
  'ring_except',
  'ring_delay_ms',
  'closed_by',
  'closed_for',
  'kept_by',
  'tried',
  'declined',
}

-- Let a conversation stand where its timers are looked at, by the soonest.
function deadlines.stand(id)
  local conversation, soonest = hash.now(keys.conversation .. id), nil
  for _, field in ipairs(deadlines.FIELDS) do
    local at = tonumber(conversation[field])
    soonest = at and math.min(soonest or at, at) or soonest
  end
  if soonest then
    redis.call('ZADD', keys.due, integer(soonest), id)
    key_lifetimes.outlast(keys.due, id)
  else
    redis.call('ZREM', keys.due, id)
  end
end

-- Nobody is waited for or reminded any more.
function deadlines.clear(id)
  operators_rung.forget(id)
  redis.call('ZREM', keys.rings_due, id)
  hash.remove(keys.conversation .. id, unpack(OVER))
end

return deadlines
