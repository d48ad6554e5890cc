-- Do what is due by the clock of people. The clock stands still while Telegram is away or no bot reads.
--
-- ARGV: rules, most conversations. Returns { ms until the next timer or -1, what was done, each as
-- { conversation, 'nudged' | 'returned' | 'offered' } or { conversation, error } }.
local conversations, offering, ownership, people_clock, deadlines = require 'conversations'
local failed = require 'failures'
local integer, isolate = require 'lua'
local notes = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local is_stopped = people_clock.stop_or_go_on()
local now = people_clock.ms()
local done = {}
local MOST_TIMES, AGAIN_MS = 6, 10000

-- Each timer, by its field: what it does when it is due, and what that is called.
local RUN = {}

-- The last owner was told before the others; now they are.
function RUN.first_until_ms(id, conversation)
  offering.offer_to_others(id, conversation)
  conversations.let_route(id, conversation)
  return 'offered'
end

-- The lease of an owner who was asked has ended.
function RUN.return_at_ms(id, conversation)
  ownership.release(id, conversation, words.reason.lease_ended)
  return 'returned'
end

-- A silent owner is asked.
function RUN.nudge_at_ms(id, conversation)
  conversations.write(id, { nudged = '1', return_at_ms = integer(now + rules.return_ms) })
  conversations.clear(id, 'nudge_at_ms')
  if operators.is_on_duty(conversation.owner) then
    notes.request(id, conversation, conversation.owner, words.note.nudge)
  end
  return 'nudged'
end

local function run(id)
  for _, field in ipairs(deadlines.FIELDS) do
    local conversation = conversations.read(id)
    if conversation[field] and tonumber(conversation[field]) <= now then
      table.insert(done, { id, RUN[field](id, conversation) })
    end
  end
  deadlines.stand(id)
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

local function first_moment()
  return tonumber(redis.call('ZRANGE', keys.due, 0, 0, 'WITHSCORES')[2] or nil)
end

local soonest, due = first_moment(), {}
if soonest and soonest <= now and not is_stopped then
  due = redis.call('ZRANGE', keys.due, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
end
for _, id in ipairs(due) do
  local answer = isolate.call(run, id)
  if answer then
    broke(id, answer.err)
    table.insert(done, { id, answer })
  end
end
if #due > 0 then
  soonest = first_moment()
end
return { soonest and integer(math.max(0, soonest - now)) or '-1', done }
