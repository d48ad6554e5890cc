-- Whether the Redis user may do what the scripts do: one or two commands of each kind. What it writes, it
-- deletes.
--
-- ARGV: a key of ours and one of RQ's that nobody uses.
local keys = require 'model'

local ours, rqs = ARGV[1], ARGV[2]
for _, command in ipairs({
  { 'SET', ours, '1' },
  { 'GET', ours },
  { 'EXPIRE', ours, '1' },
  { 'TTL', ours },
  { 'EXISTS', ours },
  { 'DEL', ours },
  { 'HSET', ours, 'f', '1' },
  { 'HMGET', ours, 'f' },
  { 'DEL', ours },
  { 'ZADD', ours, '1', 'm' },
  { 'ZRANGE', ours, '0', '-1' },
  { 'DEL', ours },
  { 'RPUSH', rqs, 'm' },
  { 'LRANGE', rqs, '0', '-1' },
  { 'DEL', rqs },
  { 'SADD', rqs, 'm' },
  { 'DEL', rqs },
  { 'PUBLISH', keys.wake, '' },
  { 'TIME' },
}) do
  redis.call(unpack(command))
end
