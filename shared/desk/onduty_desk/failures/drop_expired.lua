-- Take out of the failed list what is older than the retention time, at most 1,000 a call.
--
-- ARGV: retention in ms. Returns how many.
local clock, integer = require 'lua'
local keys = require 'model'

local before = clock.ms() - tonumber(ARGV[1])
local old = redis.call('ZRANGE', keys.failed, '-inf', '(' .. integer(before), 'BYSCORE', 'LIMIT', 0, 1000)
if #old > 0 then
  redis.call('HDEL', keys.failures, unpack(old))
  redis.call('ZREM', keys.failed, unpack(old))
end
return #old
