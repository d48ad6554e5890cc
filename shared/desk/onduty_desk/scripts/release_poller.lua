-- Give the right to read updates back, unless another has it by now. ARGV: token.
updates.sound('onduty:poller', 'string')
if redis.call('GET', 'onduty:poller') == ARGV[1] then
  redis.call('DEL', 'onduty:poller')
end
return 1
