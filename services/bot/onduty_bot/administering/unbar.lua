-- Let the phrases of groups let somebody in again.
--
-- ARGV: update, then, unless it only asks whether that was decided before: the id of whom, which admin does it,
-- as JSON, and the groups.
-- Returns { who it is, as JSON, the groups that they were barred from }, or {} if there are none; the same
-- update once more returns the same and changes nothing.
local once = require 'lua'
local actions = require 'roster'
local keys, words = require 'model'

local update, id, admin = unpack(ARGV)
local decision = update .. ':unbar'
local before = once.decided(decision)
if before or not id then
  return before or {}
end
local whom, groups = nil, {}
for _, group in ipairs({ unpack(ARGV, 4) }) do
  local barred = redis.call('HGET', keys.barred .. group, id)
  if barred then
    whom = barred
    redis.call('HDEL', keys.barred .. group, id)
    table.insert(groups, group)
  end
end
if #groups == 0 then
  return {}
end
actions.note({ kind = words.action.unkick, admin = cjson.decode(admin), whom = cjson.decode(whom), groups = groups })
return once.decide(decision, { whom, groups })
