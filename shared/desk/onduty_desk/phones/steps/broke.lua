-- A step at a phone raised something that nobody expected: odd data, or a bug of ours. Six times,
-- then it is set aside.
--
-- ARGV: chat, lease token, conversation, the step, the reason, JSON array of its messages.
-- Returns 'again', 'set_aside', or 'gone' when the lease was over before.
local clock, hash, isolate = require 'lua'
local aside, copies, timetable = require 'phones'
local keys, words = require 'model'

local chat, token, id, what, reason = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local MOST_TIMES, PAUSE_MS = 6, 250
local trouble = keys.trouble .. chat .. ':' .. id
if hash.get(keys.chat .. chat, 'lease') ~= token then
  return 'gone'
end
local times = redis.call('INCR', trouble)
redis.call('EXPIRE', trouble, 86400)
if times < MOST_TIMES and what == words.step.send then
  isolate.call(function()
    local copy = copies.of(id, chat)
    copy.broke = true
    copies.keep(id, chat, copy)
  end)
elseif times >= MOST_TIMES then
  aside.step(chat, id, what, cjson.decode(ARGV[6]), reason)
  redis.call('DEL', trouble)
end
timetable.end_lease(chat, clock.ms() + (times < MOST_TIMES and PAUSE_MS or 0))
return times < MOST_TIMES and 'again' or 'set_aside'
