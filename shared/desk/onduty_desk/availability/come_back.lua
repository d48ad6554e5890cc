-- End one's pause.
--
-- ARGV: rules, update, operator. Returns 'back', 'available' (they were not paused) or 'off_duty'. The
-- same update once more returns the same and changes nothing.
local pauses = require 'availability'
local once = require 'lua'
local operators = require 'roster'

local rules, update, operator = cjson.decode(ARGV[1]), ARGV[2] .. ':back', ARGV[3]
local before = once.decided(update)
if before then
  return before[1]
end
local result = 'off_duty'
if operators.is_on_duty(operator) then
  result = pauses.stop(rules, operator) and 'back' or 'available'
end
return once.decide(update, { result })[1]
