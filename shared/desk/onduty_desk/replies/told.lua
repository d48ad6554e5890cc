-- Its author was told why a reply failed; unless it has failed anew meanwhile.
--
-- ARGV: `chat:message`, the event they were told of.
local keys = require 'model'

if (redis.call('HGET', keys.reply .. ARGV[1], 'event') or ARGV[2]) == ARGV[2] then
  redis.call('ZREM', keys.replies_failed, ARGV[1])
end
