-- Stands before every script of the desk, last: the lines of stored updates, and what is set aside of
-- them.
--
-- A chat with stored updates stands in one of two timetables by when it is looked at next: that of
-- operators, admins and those who were operators lately, or that of everybody else. A timetable's
-- score is at once the chat's lease.
local clock = require 'lua/clock'
local integer = require 'lua/integer'
local isolate = require 'lua/isolate'
local operators = require 'roster/operators'
local keys = require 'model/keys'

local lines = {
  FIRST = keys.update_chats_first,
  REST = keys.update_chats,
  MOST_ASIDE = 1000, -- a bad day does not fill the failed list
}

function lines.line(chat)
  return keys.chat_updates .. chat
end

function lines.is_known(author)
  return author ~= '' and operators.is_known(author)
end

-- Keep what could not be handled in the failed list; only the newest stay. `json` is an object that
-- is given its time here: cjson would round the ids in it.
function lines.set_aside(failure, json)
  local now = integer(clock.ms())
  isolate.call(function()
    redis.call('HSET', keys.failures, failure, string.sub(json, 1, -2) .. ',"at_ms":' .. now .. '}')
    redis.call('ZADD', keys.failed, now, failure)
  end)
  isolate.call(function()
    redis.call('ZADD', keys.updates_aside, now, failure)
    redis.call('EXPIRE', keys.updates_aside, 90 * 86400)
    for _, oldest in ipairs(redis.call('ZRANGE', keys.updates_aside, 0, -lines.MOST_ASIDE - 1)) do
      redis.call('HDEL', keys.failures, oldest)
      redis.call('ZREM', keys.failed, oldest)
    end
    redis.call('ZREMRANGEBYRANK', keys.updates_aside, 0, -lines.MOST_ASIDE - 1)
  end)
end

-- Make sure that a key is of its type; says whether it was. What somebody else wrote there is put
-- aside for 30 days, so that it stops nobody.
function lines.sound(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == wanted then
    return true
  end
  local aside = keys.wrong_type .. key
  redis.call('RENAME', key, aside)
  redis.call('EXPIRE', aside, 30 * 86400)
  local reason = key .. ' was a ' .. found .. ' instead of a ' .. wanted .. '; it is in ' .. aside
  lines.set_aside('update-key-' .. key, cjson.encode({ kind = 'update', key = key, reason = reason }))
  return false
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
    if not lines.sound(timetable, 'zset') then
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
