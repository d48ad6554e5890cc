-- Take the oldest update of each chat whose moment has come, the chat under a lease: operators' chats
-- first. The lease is the chat's next moment itself: whoever is killed holds the chat up only until
-- then.
--
-- ARGV: lease in ms, most chats of operators, most of everybody else (0: they are not looked at).
-- Returns { ms until the next chat's moment or -1, then for each chat: { chat, lease, update id,
-- record, '1' if it is an operator's } }.
local clock, integer = require 'lua'
local lines, odd_keys = require 'onduty_bot/updates'

local lease_ms = tonumber(ARGV[1])
local now = clock.ms()
local taken, soonest = { '-1' }, nil

local function take_from(timetable, most)
  if most <= 0 then
    return
  end
  for _, chat in ipairs(redis.call('ZRANGE', timetable, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, most)) do
    local line = lines.line(chat)
    odd_keys.sound(line, 'zset')
    local head = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
    if #head == 0 then
      redis.call('ZREM', timetable, chat)
    else
      local lease = integer(now + lease_ms)
      redis.call('ZADD', timetable, lease, chat)
      table.insert(taken, { chat, lease, integer(tonumber(head[2])), head[1], timetable == lines.FIRST and '1' or '' })
    end
  end
  local next = redis.call('ZRANGE', timetable, 0, 0, 'WITHSCORES')
  if next[2] then
    soonest = math.min(soonest or math.huge, tonumber(next[2]))
  end
end

lines.sound_timetables()
take_from(lines.FIRST, tonumber(ARGV[2]))
take_from(lines.REST, tonumber(ARGV[3]))
if soonest then
  taken[1] = integer(math.max(0, soonest - now))
end
return taken
