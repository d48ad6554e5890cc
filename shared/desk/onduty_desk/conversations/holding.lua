-- What an operator holds: the conversations that they own, and when they last ceased to own one.
local boards = require 'boards'
local assignment, decisions, key_lifetimes = require 'conversations'
local clock, integer = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local holding = {}

function holding.add(operator, id)
  redis.call('ZADD', keys.claims .. operator, integer(clock.ms()), id)
  key_lifetimes.outlast(keys.claims .. operator, id)
  boards.request(operator)
  decisions.note('claimed', id, operator)
end

-- They own it no more: from now on they are idle, as far as this one goes.
function holding.let_go(operator, id)
  if operators.is_on_duty(operator) then
    redis.call('ZADD', keys.idle_since, integer(clock.ms()), operator)
    assignment.may_take(operator)
  end
  redis.call('ZREM', keys.claims .. operator, id)
  boards.request(operator)
  decisions.note('let_go', id, operator)
end

return holding
