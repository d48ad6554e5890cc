-- Do what is due by the clock of people. The clock stands still while Telegram is away or no bot reads.
--
-- ARGV: rules, most conversations. Returns { ms until the next timer or -1, what was done, each as
-- { conversation, 'nudged' | 'returned' | 'closed' | 'offered' | 'handed_back' |
-- 'rung' | 'missed' | 'gone' | 'escalated' | 'kept' } or { conversation, error } }.
local availability, pauses = require 'availability'
local assignment_rules, assignment, best_operators, conversations = require 'conversations'
local deadlines, escalation_steps = require 'conversations'
local lease, waiting_messages, ownership, passing, people_clock, waves = require 'conversations'
local failed = require 'failures'
local integer, isolate = require 'lua'
local nudges = require 'nudges'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local is_stopped = people_clock.stop_or_go_on()
local now = people_clock.ms()
local done = {}
local MOST_TIMES, AGAIN_MS = 6, 10000
local MOST_COMPARED = 2000 -- operators, for those who are rung next: it takes 10 to 20 ms

-- Each timer, by its field: what it does when it is due, and what that is called.
local RUN = {}

-- The last owner was told before the others; now they are.
function RUN.first_until_ms(id, conversation)
  waiting_messages.offer_to_others(id, conversation)
  conversations.let_route(id, conversation)
  return 'offered'
end

-- An answered conversation has been without a word for long.
function RUN.close_at_ms(id, conversation)
  conversations.clear(id, 'close_at_ms')
  if conversation.answered and conversation.state ~= words.state.closed then
    ownership.close(id, conversation, nil, nil, words.closed.idle)
    return 'closed'
  end
  return 'kept'
end

-- The lease of an owner who was asked has ended.
function RUN.return_at_ms(id, conversation)
  if conversation.answered then -- by a version before this one, which let the lease run
    lease.answer(rules, id, conversation)
    return 'kept'
  end
  local is_paused = availability.is_paused(conversation.owner)
  ownership.release(id, conversation, is_paused and words.reason.paused or words.reason.lease_ended)
  return 'returned'
end

function RUN.nudge_at_ms(id, conversation)
  return lease.ask(rules, id, conversation)
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

-- A colleague has not answered whether they take it.
local function look_at_offer(id)
  local conversation = conversations.read(id)
  local what = passing.look(rules, id, conversation)
  if what == words.note.missed and assignment.seems_away(conversation.pass_to) then
    pauses.start_for_missing(rules, conversation.pass_to)
  end
  table.insert(done, { id, what })
end

-- Nobody of those whom it has rung has taken it.
local function look_at_rings(id)
  local conversation = conversations.read(id)
  local look = assignment_rules.is(conversation) and assignment.look or waves.look
  table.insert(done, { id, look(id, conversation) })
end

-- A customer has waited for so long that the rules ask for something.
local function escalate(id)
  table.insert(done, { id, escalation_steps.look(id) })
end

local function first_moment()
  local soonest
  for _, key in ipairs({ keys.due, keys.offers_due, keys.rings_due, keys.escalations_due }) do
    local moment = tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or nil)
    soonest = moment and math.min(soonest or moment, moment) or soonest
  end
  return soonest
end

-- Look at what is due of conversations that stand apart from the timers, as far as a call has time to
-- choose. Returns how many there were.
local function look_at_all(key, look)
  local found = is_stopped and {}
    or redis.call('ZRANGE', key, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
  local looked_at = 0
  for _, id in ipairs(found) do
    if best_operators.compared() >= MOST_COMPARED then
      break
    end
    looked_at = looked_at + 1
    local answer = isolate.call(look, id)
    if answer then
      redis.call('ZADD', key, integer(now + AGAIN_MS), id)
      table.insert(done, { id, answer })
    end
  end
  return looked_at
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
local apart = look_at_all(keys.offers_due, look_at_offer) + look_at_all(keys.rings_due, look_at_rings)
apart = apart + look_at_all(keys.escalations_due, escalate)
if #due + apart > 0 then
  soonest = first_moment()
end
-- Phones whose nudge may ring now, or has to be looked at again.
local asked = is_stopped and {}
  or redis.call('ZRANGE', keys.nudges, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
for _, chat in ipairs(asked) do
  local answer = isolate.call(nudges.arrange, chat)
  if answer then
    redis.call('ZADD', keys.nudges, integer(now + AGAIN_MS), chat)
    table.insert(done, { 'phone ' .. chat, answer })
  end
end
local over = is_stopped and {}
  or redis.call('ZRANGE', keys.paused, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[2]))
for _, operator in ipairs(over) do
  local answer = isolate.call(pauses.run_out, rules, operator)
  if answer then
    redis.call('ZADD', keys.paused, integer(now + AGAIN_MS), operator)
    table.insert(done, { 'pause ' .. operator, answer })
  end
end
return { soonest and integer(math.max(0, soonest - now)) or '-1', done }
