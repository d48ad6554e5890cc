-- Phones to which the last two sends have failed, while others' went through: whoever has one is not available
-- until something arrives there, they do something, or a minute has passed. A 429 is no failure; a phone that
-- can take nothing (blocked) is off duty.
local availability, pauses, unattended = require 'availability'
local assignment, offers = require 'conversations'
local clock, integer = require 'lua'
local wake = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local reachable = {}

local ENOUGH, AGAIN_AFTER_MS, REMEMBERED_S = 2, 60000, 600

local failing -- in this call: operator → how many sends in a row have failed, and since when

function reachable.begin()
  failing = nil
end

local function those_failing()
  if not failing then
    failing = {}
    local flat = redis.call('HGETALL', keys.failing_phones)
    for i = 1, #flat, 2 do
      local count, since_ms = string.match(flat[i + 1], '^(%d+) (%d+)$')
      failing[flat[i]] = { count = tonumber(count or 0), since_ms = tonumber(since_ms or 0) }
    end
  end
  return failing
end

local function write(operator, one)
  those_failing()[operator] = one
  redis.call('HSET', keys.failing_phones, operator, integer(one.count) .. ' ' .. integer(one.since_ms))
  redis.call('EXPIRE', keys.failing_phones, REMEMBERED_S)
end

-- What they are asked goes to the next, and who waits for them rings the others.
local function leave(operator)
  redis.call('ZADD', keys.unreachable, integer(clock.ms()), operator)
  availability.forget()
  pauses.let_others_be_rung(operator)
  offers.leave(operator, function()
    return true
  end)
  wake.dispatchers()
end

local function come_back(operator)
  if redis.call('ZREM', keys.unreachable, operator) == 0 then
    return
  end
  availability.forget()
  for _, group in ipairs(operators.groups(operator)) do
    if availability.is_available(operator, group) then
      unattended.is_over(group)
    end
  end
  assignment.may_take(operator, true)
  wake.dispatchers()
end

-- A send to an operator's phone has failed.
function reachable.note_failure(operator)
  local one = those_failing()[operator] or { count = 0, since_ms = clock.ms() }
  one.count = one.count + 1
  write(operator, one)
  local sent_ms = tonumber(redis.call('HGET', keys.telegram, 'sent_ms') or 0)
  local is_known = availability.is_unreachable(operator)
  if one.count >= ENOUGH and sent_ms > one.since_ms and not is_known and operators.is_on_duty(operator) then
    leave(operator)
  end
end

-- Something has arrived there, or they have done something.
function reachable.note_success(operator)
  if those_failing()[operator] then
    redis.call('HDEL', keys.failing_phones, operator)
    failing[operator] = nil
  end
  if availability.is_unreachable(operator) then
    come_back(operator)
  end
end

-- Whoever has been so for long is tried once more: the next failure is enough.
function reachable.try_again()
  local before = integer(clock.ms() - AGAIN_AFTER_MS)
  for _, operator in ipairs(redis.call('ZRANGE', keys.unreachable, '-inf', before, 'BYSCORE')) do
    write(operator, { count = ENOUGH - 1, since_ms = clock.ms() })
    come_back(operator)
  end
end

return reachable
