-- Which operators a waiting conversation has rung so far, where it does not ring all of its group at once.
local conversations, decisions = require 'conversations'
local clock, hash, integer = require 'lua'
local keys = require 'model'

local operators_rung = {}

local ALL = 'all'
local LATELY_MS = 600000 -- what nobody has taken for so long says nothing of how busy those are who were rung

-- Those rung so far, in that order; nil: nobody has been rung so yet, or by now the whole group is.
function operators_rung.some(conversation)
  if not conversation.rung or conversation.rung == ALL then
    return nil
  end
  local found = {}
  for operator in string.gmatch(conversation.rung, '%S+') do
    found[#found + 1] = operator
  end
  return found
end

function operators_rung.are_all(conversation)
  return conversation.rung == ALL
end

-- Who of them does not want it: operator → true.
function operators_rung.declined(conversation)
  local found = {}
  for operator in string.gmatch(conversation.declined or '', '%S+') do
    found[operator] = true
  end
  return found
end

function operators_rung.decline(id, conversation, operator)
  redis.call('ZREM', keys.rings .. operator, id)
  local list = conversation.declined
  conversations.write(id, { declined = list and list .. ' ' .. operator or operator })
end

-- They know of it already, without a ring.
function operators_rung.begin_with(id, operators)
  conversations.write(id, { rung = table.concat(operators, ' ') })
end

-- They are rung, too; each has one more that they may take.
function operators_rung.add(id, operators)
  local list = hash.get(keys.conversation .. id, 'rung') or ''
  for _, operator in ipairs(operators) do
    list = list == '' and operator or list .. ' ' .. operator
    local key, now = keys.rings .. operator, clock.ms()
    redis.call('ZREMRANGEBYSCORE', key, '-inf', integer(now - LATELY_MS))
    redis.call('ZADD', key, integer(now), id)
    redis.call('PEXPIRE', key, LATELY_MS)
    decisions.note('rung', id, operator)
  end
  conversations.write(id, { rung = list })
end

local function forget_rings(id, conversation)
  for _, operator in ipairs(operators_rung.some(conversation) or {}) do
    redis.call('ZREM', keys.rings .. operator, id)
  end
end

-- From now on the whole group is, whoever comes on duty.
function operators_rung.add_all(id, conversation)
  forget_rings(id, conversation)
  conversations.write(id, { rung = ALL })
  decisions.note('rung_all', id)
end

-- It waits no more, or its next wait begins.
function operators_rung.forget(id)
  forget_rings(id, hash.now(keys.conversation .. id))
  conversations.clear(id, 'rung')
end

-- How many conversations an operator was rung for lately that nobody has taken.
function operators_rung.count(operator)
  return redis.call('ZCOUNT', keys.rings .. operator, integer(clock.ms() - LATELY_MS), '+inf')
end

return operators_rung
