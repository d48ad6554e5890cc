-- Put an operator on duty. What waits in their group is shown to them by `backlog.lua`.
--
-- ARGV: operator id, group, update id, then the fields of the operator's hash in pairs.
-- Returns 'new', 'repeated' (the same update once more) or 'already'.
local clock, integer = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local id, group, update = ARGV[1], ARGV[2], ARGV[3]
local operator = keys.operator .. id
if redis.call('EXISTS', operator) == 1 then
  return redis.call('HGET', operator, 'update_id') == update and 'repeated' or 'already'
end
local now = clock.ms()
redis.call('HSET', operator, 'group', group, 'update_id', update, 'since_ms', integer(now), unpack(ARGV, 4))
redis.call('ZADD', keys.on_duty, integer(now), id)
redis.call('ZADD', keys.duty .. group, integer(now), id)
redis.call('DEL', keys.login .. id, keys.wrong_tries .. id)
redis.call('HDEL', keys.signed_out, id)
operators.remember(id)
return 'new'
