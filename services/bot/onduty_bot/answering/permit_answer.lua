-- Whether the bot answers in a chat: operators always, a stranger three times a minute. An answer is
-- counted once for its occasion, however often the update is handled.
--
-- ARGV: chat, occasion, most answers, within ms.
-- Returns 'said' (on this occasion, before), 'known', or 'stranger', which answer within that time
-- this is (more than most: say nothing).
local clock, integer = require 'lua'
local operators = require 'roster'
local keys = require 'model'

local chat, occasion, most, within_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', keys.said .. occasion) == 1 then
  return { 'said' }
end
if operators.is_known(chat) then
  return { 'known' }
end
local answered, now = keys.answered .. chat, clock.ms()
redis.call('ZREMRANGEBYSCORE', answered, '-inf', integer(now - within_ms))
local before = redis.call('ZRANK', answered, occasion)
if before then
  return { 'stranger', before + 1 }
end
local count = redis.call('ZCARD', answered)
if count < most then
  redis.call('ZADD', answered, integer(now), occasion)
  redis.call('PEXPIRE', answered, within_ms)
end
return { 'stranger', count + 1 }
