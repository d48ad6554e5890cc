-- Take out of the failed list what is older than the retention time, at most 1,000 a call.
--
-- ARGV: retention in ms. Returns how many.
local before = now_ms() - tonumber(ARGV[1])
local old = redis.call('ZRANGE', 'onduty:failed', '-inf', '(' .. ms(before), 'BYSCORE', 'LIMIT', 0, 1000)
if #old > 0 then
  redis.call('HDEL', 'onduty:failures', unpack(old))
  redis.call('ZREM', 'onduty:failed', unpack(old))
end
return #old
