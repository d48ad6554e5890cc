-- Its author was told why a reply failed; unless it has failed anew meanwhile.
--
-- ARGV: `chat:message`, the event they were told of, when it had failed (ms).
local keys = require 'model'

local is_newest = (redis.call('HGET', keys.reply .. ARGV[1], 'event') or ARGV[2]) == ARGV[2]
local failed_ms = tonumber(redis.call('ZSCORE', keys.replies_failed, ARGV[1]) or ARGV[3])
if is_newest and failed_ms == tonumber(ARGV[3]) then
  redis.call('ZREM', keys.replies_failed, ARGV[1])
end
