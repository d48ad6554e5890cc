-- Give the right to read updates back, unless another has it by now. ARGV: token.
local odd_keys = require 'onduty_bot/updates'
local keys = require 'model'

odd_keys.sound(keys.poller, 'string')
if redis.call('GET', keys.poller) == ARGV[1] then
  redis.call('DEL', keys.poller)
end
return 1
