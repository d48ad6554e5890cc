-- Take an event that was given up out of the failed list and let it wait again, behind those of
-- its conversation that wait; its sequence tells where it belongs. An answer is sent as it reads now.
--
-- ARGV: failure id, conversation, event as JSON.
-- Returns 'backend', 'unwanted' (nobody delivers events: it stays in the list) or 'gone' (somebody
-- was faster).
local events = require 'events'
local failed = require 'failures'
local replies = require 'replies'
local keys = require 'model'

local failure, id, event = ARGV[1], ARGV[2], ARGV[3]
local retention_s = tonumber(redis.call('GET', keys.events_wanted))
if redis.call('HEXISTS', keys.failures, failure) == 0 then
  return 'gone'
elseif not retention_s then
  return 'unwanted'
end
failed.remove(failure)
local reply_id = cjson.decode(event).reply_id
local is_sent
if type(reply_id) == 'string' then
  is_sent = replies.again_by_id(reply_id)
end
if is_sent ~= nil then
  return is_sent and 'backend' or 'gone'
end
redis.call('RPUSH', keys.events .. id, event)
redis.call('EXPIRE', keys.events .. id, retention_s)
events.wait(id, retention_s)
return 'backend'
