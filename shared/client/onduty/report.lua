-- Note what the backend says of an operator's answer, in order. Said again while it is still the last, it
-- changes nothing.
--
-- ARGV: retention in seconds, reply id, status, reason. Run as accept.lua is.
local reports = 'onduty:reports'
local entry = cjson.encode({ ARGV[2], ARGV[3], ARGV[4] })
if redis.call('LINDEX', reports, -1) ~= entry then
  redis.call('RPUSH', reports, entry)
end
redis.call('EXPIRE', reports, ARGV[1])
