-- An operator's pause: they stay on duty and keep what they own, and nothing rings at their phone.
--
-- What they own is not asked about. The customer's next message returns it (route.lua); a customer who
-- waits for their answer already goes back to the line after the longest time for which a nudge can be
-- put off.
local availability, unattended = require 'availability'
local boards = require 'boards'
local assignment, conversations, lease, offers = require 'conversations'
local clock, integer = require 'lua'
local copies, places, timetable, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local pauses = {}

local MOST_ON_THE_WAY = 1000

-- What they own has other timers now.
local function renew_leases(rules, operator)
  for _, id in ipairs(redis.call('ZRANGE', keys.claims .. operator, 0, -1)) do
    local conversation = conversations.read(id)
    if conversation.state == words.state.claimed and conversation.owner == operator then
      lease.renew(rules, id, conversation)
    end
  end
end

-- Who comes back to them, or has rung them, does not wait for them any longer.
function pauses.let_others_be_rung(operator)
  for _, id in ipairs(redis.call('ZRANGE', keys.shown .. operator, 0, -1)) do
    local conversation = conversations.read(id)
    local is_awaited = conversation.last_owner == operator and conversation.first_until_ms
    if is_awaited or conversation.state == words.state.waiting and conversation.rung then
      conversations.let_route(id, conversation)
    end
  end
end

-- What is on its way of what they own comes without a ring; all else is withdrawn when it is taken.
local function calm_what_is_on_the_way(operator)
  local outbox = keys.outbox .. operator
  if not places.first(outbox) then
    return
  end
  for _, id in ipairs(redis.call('ZRANGE', outbox, 0, MOST_ON_THE_WAY - 1)) do
    if conversations.read(id).owner == operator then
      local copy = copies.of(id, operator)
      copy.silent = true
      copies.keep(id, operator, copy)
    end
  end
  timetable.something_new(operator)
end

-- Let somebody on duty pause until a moment of the clock of people, or change until when they do.
function pauses.start(rules, operator, until_ms)
  local was_paused = availability.is_paused(operator)
  redis.call('ZADD', keys.paused, integer(until_ms), operator)
  redis.call('HDEL', keys.pauses_over, operator)
  if not was_paused then
    redis.call('HSET', keys.operator .. operator, 'paused_ms', integer(clock.ms()))
    availability.forget()
    renew_leases(rules, operator)
    pauses.let_others_be_rung(operator)
    offers.leave(operator, function()
      return true
    end)
    calm_what_is_on_the_way(operator)
  end
  boards.request(operator)
  wake.dispatchers()
end

-- They have not answered what they were asked: they are taken to be away, until they come back, and told so.
function pauses.start_for_missing(rules, operator)
  pauses.start(rules, operator, availability.WITHOUT_END)
  redis.call('HSET', keys.paused_for_missing, operator, integer(clock.ms()))
end

-- Let them be available again. Returns whether they were paused.
function pauses.stop(rules, operator)
  redis.call('HDEL', keys.pauses_over, operator)
  if not availability.is_paused(operator) then
    return false
  end
  redis.call('ZREM', keys.paused, operator)
  redis.call('HDEL', keys.operator .. operator, 'paused_ms', 'missed')
  redis.call('HDEL', keys.paused_for_missing, operator)
  availability.forget()
  for _, group in ipairs(operators.groups(operator)) do
    unattended.is_over(group)
  end
  renew_leases(rules, operator)
  assignment.may_take(operator, true)
  boards.request(operator)
  wake.dispatchers()
  return true
end

-- The time of a pause is over: its operator is to be told, with what waits.
function pauses.run_out(rules, operator)
  if pauses.stop(rules, operator) then
    redis.call('HSET', keys.pauses_over, operator, integer(clock.ms()))
  end
end

return pauses
