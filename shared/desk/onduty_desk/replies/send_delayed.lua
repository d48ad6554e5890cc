-- Send delayed answers whose time has come. Any number of dispatchers may look at once.
--
-- ARGV: most. Returns { ms until the next is due or -1, how many were, errors of those that broke: they are put
-- off }.
local clock, integer, isolate = require 'lua'
local delays = require 'replies'
local keys = require 'model'

local BROKEN_MS = 10000
local now, broken = clock.ms(), {}
local due = redis.call('ZRANGE', keys.replies_delayed, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[1]))
for _, place in ipairs(due) do
  local answer = isolate.call(delays.look, place)
  if answer then
    redis.call('ZADD', keys.replies_delayed, integer(now + BROKEN_MS), place)
    table.insert(broken, answer)
  end
end
local soonest = redis.call('ZRANGE', keys.replies_delayed, 0, 0, 'WITHSCORES')[2]
return { soonest and integer(math.max(0, tonumber(soonest) - now)) or '-1', #due, broken }
