-- Who is on duty, who was lately, and what they are called.
local keys = require 'model'

local operators = {}

-- Whether somebody is an operator, or was one within 30 days, or still holds a conversation; all
-- others are strangers, group chats too.
local KNOWN_FOR_S = 30 * 86400
function operators.is_known(operator)
  return redis.call('EXISTS', keys.operator .. operator, keys.known .. operator, keys.claims .. operator) > 0
end

function operators.remember(operator)
  redis.call('SET', keys.known .. operator, '1', 'EX', KNOWN_FOR_S)
end

-- An operator as events name them; of one who has gone off duty the name must be given.
function operators.person(id, name)
  name = name or redis.call('HGET', keys.operator .. id, 'name')
  return { id = tonumber(id), name = name or '' }
end

-- Whether somebody is on duty in a group.
function operators.is_member(operator, group)
  return redis.call('HGET', keys.operator .. operator, 'group') == group
end

local are_on_duty -- those of whom it was read ahead

function operators.begin()
  are_on_duty = {}
end

-- Read at once whether they are on duty, in a call that signs nobody in or out.
function operators.read_ahead(ids)
  local of = {}
  for _, id in ipairs(ids) do
    table.insert(of, keys.operator .. id)
  end
  if #of > 0 and redis.call('EXISTS', unpack(of)) == #of then
    for _, id in ipairs(ids) do
      are_on_duty[id] = true
    end
  end
end

function operators.is_on_duty(operator)
  return operator and (are_on_duty[operator] or redis.call('EXISTS', keys.operator .. operator) == 1)
end

return operators
