-- Let the phrases of groups let somebody in no more. That they are signed out is a step of its own.
--
-- ARGV: update, then, unless it only asks whether that was decided before: the id of whom, who that is and which
-- admin does it, each as JSON, and the groups.
-- Returns { who it is, as JSON, the groups }, or {} if nothing is decided; the same update once more returns
-- the same and changes nothing.
local once = require 'lua'
local actions = require 'roster'
local keys, words = require 'model'

local update, id, whom, admin = unpack(ARGV)
local decision, groups = update .. ':bar', { unpack(ARGV, 5) }
local before = once.decided(decision)
if before or not id then
  return before or {}
end
for _, group in ipairs(groups) do
  redis.call('HSET', keys.barred .. group, id, whom)
end
actions.note({
  kind = words.action.kick,
  admin = cjson.decode(admin),
  whom = cjson.decode(whom),
  groups = groups,
})
return once.decide(decision, { whom, groups })
