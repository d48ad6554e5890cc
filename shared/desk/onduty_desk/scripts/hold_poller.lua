-- Take or renew the right to read updates from Telegram. ARGV: token, lease in ms.
-- Returns 1 if this token has it now, 0 if another has.
updates.sound('onduty:poller', 'string')
local holder = redis.call('GET', 'onduty:poller')
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', 'onduty:poller', ARGV[1], 'PX', ARGV[2])
return 1
