-- Who is to be rung, or asked, next: the available operators of a group with most free capacity, of which
-- each ring that nobody has answered takes one, as they may take what has rung; of these, who owns fewest,
-- and then who has been idle the longest. Were rings to count only between equals, all that comes within
-- seconds would ring the same few, faster than Telegram takes it into their chats.
local availability = require 'availability'
local capacity, operators_rung = require 'conversations'
local operators = require 'roster'
local keys = require 'model'

local best_operators = {}

local compared -- in this call

function best_operators.begin()
  compared = 0
end

-- How many operators this call has compared, which takes 4 to 10 µs for each: who chooses for one
-- conversation after the other ends the call in time.
function best_operators.compared()
  return compared
end

local function scores_of(key)
  local found, scores = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'), {}
  for i = 1, #found, 2 do
    scores[found[i]] = tonumber(found[i + 1])
  end
  return scores
end

local function is_before(one, other)
  if one.free - one.rings ~= other.free - other.rings then
    return one.free - one.rings > other.free - other.rings
  elseif one.free ~= other.free then
    return one.free > other.free
  elseif one.idle_since ~= other.idle_since then
    return one.idle_since < other.idle_since
  end
  return one.id < other.id
end

-- Everybody who is on duty in a group and not paused, the best first; but not those in `left_out` (operator → true).
-- Idle since they came on duty, or since the end of their last conversation.
function best_operators.best_first(group, left_out)
  local came, ended, list = scores_of(keys.duty .. group), scores_of(keys.idle_since), {}
  for _, operator in ipairs(availability.those_there(group)) do
    if not left_out[operator] then
      list[#list + 1] = {
        id = operator,
        free = capacity.free(operator, group),
        rings = operators_rung.count(operator),
        idle_since = math.max(came[operator] or 0, ended[operator] or 0),
      }
    end
  end
  compared = compared + #list
  table.sort(list, is_before)
  return list
end

-- The next `most` to be rung for a conversation, but not those in `left_out`; who has no room for it, or is out of
-- reach, only when nobody else is left. Returns them, and how many are left then.
function best_operators.next(conversation, most, left_out)
  local list, chosen, full = best_operators.best_first(conversation.group, left_out), {}, {}
  for _, one in ipairs(list) do
    if #chosen == most then
      break
    elseif not operators.is_member(one.id, conversation.group) then
      operators.mend_list(one.id, conversation.group)
    elseif availability.is_unreachable(one.id) or capacity.why_full(one.id, conversation) then
      full[#full + 1] = one.id
    else
      chosen[#chosen + 1] = one.id
    end
  end
  if #chosen == 0 then
    chosen = { unpack(full, 1, most) }
  end
  return chosen, #list - #chosen
end

return best_operators
