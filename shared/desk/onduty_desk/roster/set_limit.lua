-- How many conversations an operator wants to own at most, of all their groups; until they go off duty.
--
-- ARGV: operator, the number, 0 for no limit, or '' to change nothing. Returns { the number, how many they
-- own }, or nothing if they are off duty.
local assignment = require 'conversations'
local keys = require 'model'

local operator, most = keys.operator .. ARGV[1], ARGV[2]
if redis.call('EXISTS', operator) == 0 then
  return {}
elseif most == '0' then
  redis.call('HDEL', operator, 'limit')
elseif most ~= '' then
  redis.call('HSET', operator, 'limit', most)
end
assignment.may_take(ARGV[1])
return { redis.call('HGET', operator, 'limit') or '0', redis.call('ZCARD', keys.claims .. ARGV[1]) }
