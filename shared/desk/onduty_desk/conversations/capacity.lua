-- Whether an operator has room for one more conversation. A group's `capacity` counts those of that group
-- which they own, their own limit all that they own; both must have room. What the desk offers them counts
-- as theirs.
local assignment_rules = require 'conversations'
local hash, integer = require 'lua'
local group_rules, operators = require 'roster'
local keys, words = require 'model'

local capacity = {}

-- How many conversations the desk asks an operator to take, of a group or (nil) of all, but for this one: it
-- asks about one at a time. What a colleague passes on to them meanwhile does not count.
local function offered(operator, conversation, group)
  local count, is_this = 0, conversation.pass_to == operator and assignment_rules.is_offered(conversation)
  for _, id in ipairs(redis.call('ZRANGE', keys.offers .. operator, 0, -1)) do
    local one = not is_this and hash.now(keys.conversation .. id) or {}
    if one.pass_to == operator and assignment_rules.is_offered(one) and (not group or one.group == group) then
      count = count + 1
    end
  end
  return count
end

-- Whether somebody owns fewer than so many, of a group or (nil) of all. What has expired takes no room, and
-- leaves their claims.
local function owns_fewer_than(most, operator, group)
  local claims, count = keys.claims .. operator, 0
  if redis.call('ZCARD', claims) < most then
    return true
  end
  for _, id in ipairs(redis.call('ZRANGE', claims, 0, -1)) do
    if hash.get(keys.conversation .. id, 'owner') ~= operator then
      redis.call('ZREM', claims, id)
    elseif not group or hash.get(keys.conversation .. id, 'group') == group then
      count = count + 1
    end
  end
  return count < most
end

-- Whether there is room below a bound; 0 is none.
local function has_room(most, operator, conversation, group)
  return most == 0 or owns_fewer_than(most - offered(operator, conversation, group), operator, group)
end

-- For how many more conversations of a group somebody has room; nil if there is no bound.
function capacity.room(operator, group)
  local of_group = group_rules.of(group).capacity
  local limit = tonumber(redis.call('HGET', keys.operator .. operator, 'limit') or 0)
  if of_group == 0 and limit == 0 then
    return nil
  end
  local in_group, in_all = offered(operator, {}, group), offered(operator, {})
  for _, id in ipairs(redis.call('ZRANGE', keys.claims .. operator, 0, -1)) do
    if hash.get(keys.conversation .. id, 'owner') == operator then
      in_all = in_all + 1
      in_group = in_group + (hash.get(keys.conversation .. id, 'group') == group and 1 or 0)
    end
  end
  local room = math.min(of_group > 0 and of_group - in_group or math.huge, limit > 0 and limit - in_all or math.huge)
  return math.max(0, room)
end

-- How many more of a group somebody could take; where the group has no capacity, the fewer they own of all,
-- the more. It is read often, and from counts: of who has left another group and kept what they held there,
-- or owns what has expired, it may be too few.
function capacity.free(operator, group)
  local most, owned = group_rules.of(group).capacity, redis.call('ZCARD', keys.claims .. operator)
  if most == 0 then
    return -owned
  end
  local limit = tonumber(redis.call('HGET', keys.operator .. operator, 'limit') or 0)
  local free = limit > 0 and limit - owned or most
  local of_group = owned
  if owned > 0 and #operators.memberships(operator) > 1 then
    of_group = 0
    for _, id in ipairs(redis.call('ZRANGE', keys.claims .. operator, 0, -1)) do
      of_group = of_group + (hash.get(keys.conversation .. id, 'group') == group and 1 or 0)
    end
  end
  return math.min(free, most - of_group)
end

-- Undoing takes no room: of their own close, or of their own release before the others are rung.
local function is_undone_by(operator, conversation)
  return conversation.closed_by == operator and not conversation.closed_for
    or conversation.returned_by == operator and conversation.first_until_ms
end

-- Why an operator has no room for a conversation, as the answer to a tap, and the number that is
-- reached; nil if they have.
function capacity.why_full(operator, conversation)
  if is_undone_by(operator, conversation) then
    return nil
  end
  local most = group_rules.of(conversation.group).capacity
  if not has_room(most, operator, conversation, conversation.group) then
    return words.tap.group_full, integer(most)
  end
  most = tonumber(redis.call('HGET', keys.operator .. operator, 'limit') or 0)
  if not has_room(most, operator, conversation) then
    return words.tap.limit_full, integer(most)
  end
end

return capacity
