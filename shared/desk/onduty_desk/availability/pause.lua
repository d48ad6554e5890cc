-- Pause, or change until when.
--
-- ARGV: rules, update, operator, for how many ms, 0 for no end, or '' to come back if they are paused
-- and else to pause without an end. Returns { 'paused', until when in ms of Redis's clock or 0 },
-- { 'back' }, or { 'off_duty' }. The same update once more returns the same and changes nothing.
local availability, pauses = require 'availability'
local people_clock = require 'conversations'
local integer, once = require 'lua'
local operators = require 'roster'

local rules, update, operator, for_ms = cjson.decode(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local before = once.decided(update)
if before then
  return before
elseif not operators.is_on_duty(operator) then
  return once.decide(update, { 'off_duty' })
elseif for_ms == '' and pauses.stop(rules, operator) then
  return once.decide(update, { 'back' })
end
local lasts_ms = tonumber(for_ms) or 0
pauses.start(rules, operator, lasts_ms > 0 and people_clock.ms() + lasts_ms or availability.WITHOUT_END)
return once.decide(update, { 'paused', integer(availability.until_ms(operator)) })
