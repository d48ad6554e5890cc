-- Do what is due by the clock of people: nudge a silent owner, end their lease, stop showing who looks,
-- let the others have what only its last owner was told of. The clock stands still while Telegram is
-- away or no bot reads.
--
-- ARGV: rules, most conversations. Returns { ms until the next moment or -1, what was done, each as
-- { conversation, 'nudged' | 'returned' | 'looked' | 'offered' } or { conversation, error } }.
rules = cjson.decode(ARGV[1])
local is_stopped = stop_or_go_on()
local now = people_ms()
local done = {}
local MOST_TIMES, AGAIN_MS = 6, 10000

local function nudge(id, conversation)
  local key = 'onduty:conversation:' .. id
  redis.call('HSET', key, 'nudged', '1', 'return_at_ms', ms(now + rules.return_ms))
  redis.call('HDEL', key, 'nudge_at_ms')
  if is_on_duty(conversation.owner) then
    tell(id, conversation.owner, copy_of(id, conversation.owner), 'nudge', score_of(conversation))
  end
end

local function look_at(id)
  local conversation = conversation_of(id)
  local function is_due(moment)
    return conversation[moment] and tonumber(conversation[moment]) <= now
  end
  if is_due('looking_until_ms') then
    next_looker(id)
    redraw(id)
    table.insert(done, { id, 'looked' })
  end
  if is_due('first_until_ms') then
    offer_to_others(id, conversation)
    redis.call('ZADD', 'onduty:accepted', 'LT', score_of(conversation), id)
    table.insert(done, { id, 'offered' })
  end
  if is_due('return_at_ms') then
    release(id, conversation_of(id), 'lease_ended')
    table.insert(done, { id, 'returned' })
  elseif is_due('nudge_at_ms') then
    nudge(id, conversation)
    table.insert(done, { id, 'nudged' })
  end
  set_due(id)
end

-- What breaks it may be anything of the conversation's: tried again some times, then set aside.
local function broke(id, reason)
  local trouble = 'onduty:trouble:' .. id
  local times = redis.call('INCR', trouble)
  redis.call('EXPIRE', trouble, 86400)
  if times < MOST_TIMES then
    redis.call('ZADD', 'onduty:due', ms(now + AGAIN_MS), id)
    return
  end
  redis.call('ZREM', 'onduty:due', id)
  redis.call('DEL', trouble)
  record_failure('moment-' .. id, { kind = 'step', conversation = id, step = 'moment', reason = reason })
end

local due = is_stopped and {}
  or redis.call('ZRANGE', 'onduty:due', '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
for _, id in ipairs(due) do
  local answer = alone(look_at, id)
  if answer then
    broke(id, answer.err)
    table.insert(done, { id, answer })
  end
end
local soonest = redis.call('ZRANGE', 'onduty:due', 0, 0, 'WITHSCORES')
return { soonest[2] and ms(math.max(0, tonumber(soonest[2]) - now)) or '-1', done }
