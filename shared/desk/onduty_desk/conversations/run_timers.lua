-- Do what is due by the clock of people: nudge a silent owner, end their lease, let the
-- others have what only its last owner was told of. The clock stands still while Telegram is
-- away or no bot reads.
--
-- ARGV: rules, most conversations. Returns { ms until the next moment or -1, what was done, each as
-- { conversation, 'nudged' | 'returned' | 'offered' } or { conversation, error } }.
local conversations = require 'conversations/conversations'
local offering = require 'conversations/offering'
local ownership = require 'conversations/ownership'
local people_clock = require 'conversations/people_clock'
local timers = require 'conversations/timers'
local failed = require 'failures/failed'
local integer = require 'lua/integer'
local isolate = require 'lua/isolate'
local copies = require 'phones/copies'
local notes = require 'phones/notes'
local operators = require 'roster/operators'
local keys = require 'model/keys'

local rules = cjson.decode(ARGV[1])
local is_stopped = people_clock.stop_or_go_on()
local now = people_clock.ms()
local done = {}
local MOST_TIMES, AGAIN_MS = 6, 10000

local function nudge(id, conversation)
  local key = keys.conversation .. id
  redis.call('HSET', key, 'nudged', '1', 'return_at_ms', integer(now + rules.return_ms))
  redis.call('HDEL', key, 'nudge_at_ms')
  if operators.is_on_duty(conversation.owner) then
    notes.request(id, conversation.owner, copies.of(id, conversation.owner), 'nudge', conversations.score(conversation))
  end
end

local function look_at(id)
  local conversation = conversations.read(id)
  local function is_due(moment)
    return conversation[moment] and tonumber(conversation[moment]) <= now
  end
  if is_due('first_until_ms') then
    offering.offer_to_others(id, conversation)
    redis.call('ZADD', keys.accepted, 'LT', conversations.score(conversation), id)
    table.insert(done, { id, 'offered' })
  end
  if is_due('return_at_ms') then
    ownership.release(id, conversations.read(id), 'lease_ended')
    table.insert(done, { id, 'returned' })
  elseif is_due('nudge_at_ms') then
    nudge(id, conversation)
    table.insert(done, { id, 'nudged' })
  end
  timers.stand(id)
end

-- What breaks it may be anything of the conversation's: tried again some times, then set aside.
local function broke(id, reason)
  local trouble = keys.trouble .. id
  local times = redis.call('INCR', trouble)
  redis.call('EXPIRE', trouble, 86400)
  if times < MOST_TIMES then
    redis.call('ZADD', keys.due, integer(now + AGAIN_MS), id)
    return
  end
  redis.call('ZREM', keys.due, id)
  redis.call('DEL', trouble)
  failed.record('moment-' .. id, { kind = 'step', conversation = id, step = 'moment', reason = reason })
end

local due = is_stopped and {}
  or redis.call('ZRANGE', keys.due, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
for _, id in ipairs(due) do
  local answer = isolate.call(look_at, id)
  if answer then
    broke(id, answer.err)
    table.insert(done, { id, answer })
  end
end
local soonest = redis.call('ZRANGE', keys.due, 0, 0, 'WITHSCORES')
return { soonest[2] and integer(math.max(0, tonumber(soonest[2]) - now)) or '-1', done }
