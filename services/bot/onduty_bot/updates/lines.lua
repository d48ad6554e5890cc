-- The lines of stored updates, one for each chat.
--
-- A chat with stored updates stands in one of two timetables by when it is looked at next: that of
-- operators, admins and those who were operators lately, or that of everybody else. A timetable's
-- score is at once the chat's lease.
local clock, integer = require 'lua'
local odd_keys = require 'onduty_bot/updates'
local operators = require 'roster'
local keys = require 'model'

local lines = {}

lines.FIRST = keys.update_chats_first
lines.REST = keys.update_chats

function lines.line(chat)
  return keys.chat_updates .. chat
end

function lines.is_known(author)
  return author ~= '' and operators.is_known(author)
end

-- Which timetable a chat stands in, and when it is looked at next.
function lines.place(chat)
  for _, timetable in ipairs({ lines.FIRST, lines.REST }) do
    local at = redis.call('ZSCORE', timetable, chat)
    if at then
      return timetable, tonumber(at)
    end
  end
end

-- Let a chat stand in its timetable, from `at` on unless it stands there already: its lease, if it
-- has one, stays.
function lines.line_up(chat, is_first, at)
  local timetable, stands_at = lines.place(chat)
  if timetable == lines.FIRST or (timetable and not is_first) then
    return
  end
  if timetable then
    redis.call('ZREM', timetable, chat)
    at = integer(stands_at)
  end
  redis.call('ZADD', is_first and lines.FIRST or lines.REST, at, chat)
end

-- The timetables are sorted sets; one that somebody overwrote is made anew from the lines there are.
function lines.sound_timetables()
  for _, timetable in ipairs({ lines.FIRST, lines.REST }) do
    if not odd_keys.sound(timetable, 'zset') then
      local cursor = '0'
      repeat
        local found = redis.call('SCAN', cursor, 'MATCH', lines.line('*'), 'COUNT', 1000, 'TYPE', 'zset')
        cursor = found[1]
        for _, line in ipairs(found[2]) do
          lines.line_up(string.sub(line, #lines.line('') + 1), false, integer(clock.ms()))
        end
      until cursor == '0'
    end
  end
end

return lines
