-- The name by which customers know an operator: set, taken back, or shown.
--
-- ARGV: operator, 'set', 'clear' or 'show', the name. Returns { whether they are on duty, the name or '' }:
-- only somebody on duty changes it, and it stays when they go off.
local operators = require 'roster'
local keys = require 'model'

local operator, verb, name = unpack(ARGV)
if not operators.is_on_duty(operator) then
  return { 0, '' }
elseif verb == 'set' then
  redis.call('SET', keys.speaks_as .. operator, name)
elseif verb == 'clear' then
  redis.call('DEL', keys.speaks_as .. operator)
end
return { 1, operators.chosen_name(operator) or '' }
