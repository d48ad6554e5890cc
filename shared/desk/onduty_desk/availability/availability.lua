-- Who is available: on duty, not paused, and within reach. Whatever picks somebody to be rung asks here.
--
-- The operator's record says that they are paused, `paused` lists them all: a routing to a thousand
-- operators reads that short list instead of a thousand records.
local people_clock = require 'conversations'
local clock = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local availability = {}

availability.WITHOUT_END = 9e15 -- as the moment at which a pause ends

local paused, is_anybody -- in this call: operator → true, and whether there is any
local unreachable, is_any_unreachable

function availability.begin()
  paused, is_anybody, unreachable, is_any_unreachable = nil, nil, nil, nil
end

local function those_paused()
  if not paused then
    paused, is_anybody = {}, false
    for _, operator in ipairs(redis.call('ZRANGE', keys.paused, 0, -1)) do
      if redis.call('HEXISTS', keys.operator .. operator, 'paused_ms') == 1 then
        paused[operator], is_anybody = true, true
      else
        redis.call('ZREM', keys.paused, operator) -- signed out by a version that knows no pauses
      end
    end
  end
  return paused
end

local function those_unreachable()
  if not unreachable then
    unreachable, is_any_unreachable = {}, false
    for _, operator in ipairs(redis.call('ZRANGE', keys.unreachable, 0, -1)) do
      unreachable[operator], is_any_unreachable = true, true
    end
  end
  return unreachable
end

-- In a call that lets somebody pause, or come back: what was read of that is read again.
function availability.forget()
  paused, unreachable = nil, nil
end

-- Whether nothing arrives at somebody's phone, see reachable.lua.
function availability.is_unreachable(operator)
  return those_unreachable()[operator] or false
end

function availability.is_paused(operator)
  return operator and those_paused()[operator] or false
end

-- Whether somebody is on duty in a group and not paused: they get what all get.
function availability.is_there(operator, group)
  return operator and operators.is_member(operator, group) and not availability.is_paused(operator)
end

-- Whether somebody is available for a group: they can be asked, and waited for.
function availability.is_available(operator, group)
  return availability.is_there(operator, group) and not availability.is_unreachable(operator)
end

local function without(members, some)
  local found = {}
  for _, operator in ipairs(members) do
    if not some[operator] then
      found[#found + 1] = operator
    end
  end
  return found
end

-- Those of a group who are there, the longest on duty first.
function availability.those_there(group)
  local members, are_paused = redis.call('ZRANGE', keys.duty .. group, 0, -1), those_paused()
  return is_anybody and without(members, are_paused) or members
end

-- Those of a group who are available, the longest on duty first.
function availability.of_group(group)
  local there, are_unreachable = availability.those_there(group), those_unreachable()
  return is_any_unreachable and without(there, are_unreachable) or there
end

-- Those of a group who are paused.
function availability.paused_in(group)
  local found = {}
  for operator in pairs(those_paused()) do
    if operators.is_member(operator, group) then
      table.insert(found, operator)
    end
  end
  return found
end

-- Until when they pause, by Redis's clock: nil if they do not, 0 without an end. While the clock of
-- people stands still it is later.
function availability.until_ms(operator)
  if not availability.is_paused(operator) then
    return nil
  end
  local until_ms = tonumber(redis.call('ZSCORE', keys.paused, operator))
  return until_ms < availability.WITHOUT_END and clock.ms() + until_ms - people_clock.ms() or 0
end

return availability
