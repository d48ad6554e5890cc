-- The shares of the pace for what the bot says of its own accord. Together a fifth: cards keep 80 % of the
-- pace, whoever writes to the bot. What an unused share may save up is `burst_us` of it; operators' answers
-- come before strangers', who reserve less far ahead.
local clock, integer = require 'lua'
local pace = require 'telegram'
local keys = require 'model'

local answers_share = {}

answers_share.CLASSES = {
  operators = { share = 0.15, burst_us = 2000000, ahead_us = 1000000, may_take_idle_slots = true },
  strangers = { share = 0.05, burst_us = 2000000, ahead_us = 500000 },
}

local function cards_are_due()
  for _, class in ipairs({ 'urgent', 'normal', 'low' }) do
    if redis.call('ZCOUNT', keys.timetable .. class, '-inf', integer(clock.ms())) > 0 then
      return true
    end
  end
  return false
end

-- Up to when a share is used, what one more costs it, and for how many µs that has to wait; 0: it has not to.
function answers_share.spent(whose, gap)
  local class, now = answers_share.CLASSES[whose], clock.us()
  local cost = gap / class.share
  local spent = math.max(now, pace.moment(keys.pace_answers .. whose, now, class.burst_us + cost))
  local over = spent - now - class.burst_us
  local waits = over > 0 and not (class.may_take_idle_slots and not cards_are_due())
  return spent, cost, waits and over or 0
end

-- One more has its slot.
function answers_share.charge(whose, gap)
  local class, now = answers_share.CLASSES[whose], clock.us()
  local spent, cost = answers_share.spent(whose, gap)
  pace.write_moment(keys.pace_answers .. whose, math.min(spent, now + class.burst_us) + cost, now)
end

return answers_share
