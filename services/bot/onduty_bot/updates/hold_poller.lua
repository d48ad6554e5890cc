-- Take or renew the right to read updates from Telegram. ARGV: token, lease in ms.
-- Returns 1 if this token has it now, 0 if another has.
local odd_keys = require 'onduty_bot/updates'
local keys = require 'model'

odd_keys.sound(keys.poller, 'string')
local holder = redis.call('GET', keys.poller)
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', keys.poller, ARGV[1], 'PX', ARGV[2])
return 1
