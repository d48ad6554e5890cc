-- Line up what the backend says of a conversation, in order with its messages, and list the
-- conversation as having something to route. Said again while it is still the last in line, it
-- changes nothing: a backend that repeats itself while no dispatcher is there fills no inbox.
--
-- ARGV: retention in seconds, conversation id, the priority with which it is routed, then the entry:
-- 'close', 'touch', or 'prioritize' and a priority. Run as accept.lua is.
local RANK = { urgent = 0, normal = 1, low = 2 } -- as in accept.lua
local retention_s, conversation, rank = ARGV[1], ARGV[2], RANK[ARGV[3]]
local entry = cjson.encode({ unpack(ARGV, 4) })
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local inbox = 'onduty:inbox:' .. conversation
if redis.call('LINDEX', inbox, -1) ~= entry then
  redis.call('RPUSH', inbox, entry)
end
redis.call('EXPIRE', inbox, retention_s)
redis.call('ZADD', 'onduty:accepted', 'LT', string.format('%.0f', rank * 1e14 + now_ms), conversation)
