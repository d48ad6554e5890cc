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

-- What colleagues call an operator on duty.
function operators.name_of(id)
  return redis.call('HGET', keys.operator .. id, 'name') or ''
end

-- The name by which customers know an operator, if they have chosen one (`speak_as.lua`).
local CHOSEN_FOR_S = 365 * 86400
function operators.chosen_name(id)
  local name = id and redis.call('GET', keys.speaks_as .. id)
  if name then
    redis.call('EXPIRE', keys.speaks_as .. id, CHOSEN_FOR_S)
  end
  return name
end

-- An operator as events name them; of one who has gone off duty the name must be given.
function operators.person(id, name)
  return { id = tonumber(id), name = operators.chosen_name(id) or name or operators.name_of(id) }
end

local are_on_duty, memberships, members -- of those of whom it was read ahead

function operators.begin()
  are_on_duty, memberships, members = {}, {}, {}
end

local function memberships_of(group, fingerprint, more)
  local list = more and cjson.decode(more) or {}
  if group then
    table.insert(list, 1, { group, fingerprint })
  end
  return list
end

-- The groups that somebody is on duty in, in the order in which they joined them, each as { group, the
-- fingerprint of its phrase }; off duty none. The first stands in fields of its own, where versions that
-- know one group read it.
function operators.memberships(operator)
  return memberships[operator]
    or memberships_of(unpack(redis.call('HMGET', keys.operator .. operator, 'group', 'fingerprint', 'more_groups')))
end

function operators.groups(operator)
  local groups = {}
  for _, one in ipairs(operators.memberships(operator)) do
    table.insert(groups, one[1])
  end
  return groups
end

-- Write down which groups somebody on duty is in, at least one.
function operators.write_memberships(operator, list)
  local key, first, more = keys.operator .. operator, list[1], { unpack(list, 2) }
  redis.call('HSET', key, 'group', first[1], 'fingerprint', first[2])
  if #more > 0 then
    redis.call('HSET', key, 'more_groups', cjson.encode(more))
  else
    redis.call('HDEL', key, 'more_groups')
  end
end

-- Whether somebody is on duty in a group: then they are told of its conversations, and may claim them.
function operators.is_member(operator, group)
  if are_on_duty[operator] and members[group] and members[group][operator] then
    return true
  end
  for _, one in ipairs(operators.memberships(operator)) do
    if one[1] == group then
      return true
    end
  end
  return false
end

-- Take somebody who is not in a group out of its list: at /off an older version leaves those who were in
-- several in the lists of all but the first, and they would be offered what comes for ever.
function operators.mend_list(operator, group)
  if group and not operators.is_member(operator, group) then
    redis.call('ZREM', keys.duty .. group, operator)
  end
end

-- Read an operator, in a call that signs nobody in or out. Returns their language and the chat to send
-- to, if they have another; off duty none.
function operators.read(operator)
  local fields =
    redis.call('HMGET', keys.operator .. operator, 'language', 'chat_id', 'group', 'fingerprint', 'more_groups')
  memberships[operator] = memberships_of(unpack(fields, 3))
  return fields[1], fields[2]
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

-- Read at once which of them are on duty in a group, in a call that signs nobody in or out.
function operators.read_members_ahead(group, ids)
  local of = members[group] or {}
  for i, joined in ipairs(redis.call('ZMSCORE', keys.duty .. group, unpack(ids))) do
    of[ids[i]] = joined and true
  end
  members[group] = of
end

function operators.is_on_duty(operator)
  return operator and (are_on_duty[operator] or redis.call('EXISTS', keys.operator .. operator) == 1)
end

return operators
