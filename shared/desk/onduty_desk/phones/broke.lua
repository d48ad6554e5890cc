-- A step at a phone raised something that nobody expected: odd data, or a bug of ours. Six times,
-- then it is set aside.
--
-- ARGV: chat, lease token, conversation, the step, the reason, JSON array of its messages.
-- Returns 'again', 'set_aside', or 'gone' when the lease was over before.
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local isolate = require 'lua/isolate'
local aside = require 'phones/aside'
local copies = require 'phones/copies'
local timetable = require 'phones/timetable'
local keys = require 'model/keys'

local chat, token, id, what, reason = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local MOST_TIMES, PAUSE_MS = 6, 250
local key, trouble = keys.chat .. chat, keys.trouble .. chat .. ':' .. id
if redis.call('HGET', key, 'lease') ~= token then
  return 'gone'
end
local times = redis.call('INCR', trouble)
redis.call('EXPIRE', trouble, 86400)
if times < MOST_TIMES and what == 'send' then
  isolate.call(function()
    local copy = copies.of(id, chat)
    copy.broke = true
    copies.keep(id, chat, copy)
  end)
elseif times >= MOST_TIMES then
  aside.step(chat, id, what, cjson.decode(ARGV[6]), reason)
  redis.call('DEL', trouble)
end
redis.call('HDEL', key, 'lease', 'lease_until_ms')
local next_at = clock.ms() + (times < MOST_TIMES and PAUSE_MS or 0)
redis.call('HSET', key, 'next_at_ms', integer(next_at))
timetable.stand(chat, next_at)
return times < MOST_TIMES and 'again' or 'set_aside'
