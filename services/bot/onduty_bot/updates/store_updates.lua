-- Store updates before Telegram is told that we have them, each in its chat's line. A stranger's
-- beyond the line's end are dropped and counted.
--
-- ARGV: most in the line of a stranger's chat; then for each update: its id, its chat, its author or
-- '', '1' if it is kept whatever the line ('' otherwise), its record.
-- Returns { how many were new, how many were dropped }: one delivered again within a day changes
-- nothing.
local clock, integer, isolate = require 'lua'
local lines, odd_keys = require 'onduty_bot/updates'
local keys = require 'model'

local most, now = tonumber(ARGV[1]), integer(clock.ms())
local new, dropped = 0, 0
lines.sound_timetables()
for i = 2, #ARGV, 5 do
  local update, chat, author, is_kept, record = unpack(ARGV, i, i + 4)
  local line = lines.line(chat)
  local seen = keys.seen_update .. update
  if redis.call('EXISTS', seen) == 0 then
    odd_keys.sound(line, 'zset')
    local is_first = is_kept == '1' or lines.is_known(author)
    if not is_first and redis.call('ZCARD', line) >= most then
      dropped = dropped + 1
    else
      redis.call('ZADD', line, update, record)
      lines.line_up(chat, is_first, now)
      new = new + 1
    end
    redis.call('SET', seen, '1', 'EX', 86400) -- last: an error above leaves nothing half done
  end
end
if dropped > 0 then
  isolate.call(function()
    redis.call('INCRBY', keys.updates_dropped, dropped)
    redis.call('EXPIRE', keys.updates_dropped, 86400)
  end)
end
return { new, dropped }
