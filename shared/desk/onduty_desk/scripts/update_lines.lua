-- Stands before every script of the desk, last: the lines of stored updates, and what is set aside of
-- them.
--
-- A chat with stored updates stands in one of two timetables by when it is looked at next: that of
-- operators, admins and those who were operators lately, or that of everybody else. A timetable's
-- score is at once the chat's lease.
local updates = {
  FIRST = 'onduty:updates-first',
  REST = 'onduty:updates',
  MOST_ASIDE = 1000, -- a bad day does not fill the failed list
}

function updates.line(chat)
  return 'onduty:updates:' .. chat
end

function updates.is_known(author)
  return author ~= '' and is_known(author)
end

-- Keep what could not be handled in the failed list; only the newest stay. `json` is an object that
-- is given its time here: cjson would round the ids in it.
function updates.set_aside(failure, json)
  local now = ms(now_ms())
  alone(function()
    redis.call('HSET', 'onduty:failures', failure, string.sub(json, 1, -2) .. ',"at_ms":' .. now .. '}')
    redis.call('ZADD', 'onduty:failed', now, failure)
  end)
  alone(function()
    redis.call('ZADD', 'onduty:updates-aside', now, failure)
    redis.call('EXPIRE', 'onduty:updates-aside', 90 * 86400)
    for _, oldest in ipairs(redis.call('ZRANGE', 'onduty:updates-aside', 0, -updates.MOST_ASIDE - 1)) do
      redis.call('HDEL', 'onduty:failures', oldest)
      redis.call('ZREM', 'onduty:failed', oldest)
    end
    redis.call('ZREMRANGEBYRANK', 'onduty:updates-aside', 0, -updates.MOST_ASIDE - 1)
  end)
end

-- Make sure that a key is of its type; says whether it was. What somebody else wrote there is put
-- aside for 30 days, so that it stops nobody.
function updates.sound(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == wanted then
    return true
  end
  local aside = 'onduty:wrong-type:' .. key
  redis.call('RENAME', key, aside)
  redis.call('EXPIRE', aside, 30 * 86400)
  local reason = key .. ' was a ' .. found .. ' instead of a ' .. wanted .. '; it is in ' .. aside
  updates.set_aside('update-key-' .. key, cjson.encode({ kind = 'update', key = key, reason = reason }))
  return false
end

-- Which timetable a chat stands in, and when it is looked at next.
function updates.place(chat)
  for _, timetable in ipairs({ updates.FIRST, updates.REST }) do
    local at = redis.call('ZSCORE', timetable, chat)
    if at then
      return timetable, tonumber(at)
    end
  end
end

-- Let a chat stand in its timetable, from `at` on unless it stands there already: its lease, if it
-- has one, stays.
function updates.line_up(chat, is_first, at)
  local timetable, stands_at = updates.place(chat)
  if timetable == updates.FIRST or (timetable and not is_first) then
    return
  end
  if timetable then
    redis.call('ZREM', timetable, chat)
    at = ms(stands_at)
  end
  redis.call('ZADD', is_first and updates.FIRST or updates.REST, at, chat)
end

-- The timetables are sorted sets; one that somebody overwrote is made anew from the lines there are.
function updates.sound_timetables()
  for _, timetable in ipairs({ updates.FIRST, updates.REST }) do
    if not updates.sound(timetable, 'zset') then
      local cursor = '0'
      repeat
        local found = redis.call('SCAN', cursor, 'MATCH', updates.line('*'), 'COUNT', 1000, 'TYPE', 'zset')
        cursor = found[1]
        for _, line in ipairs(found[2]) do
          updates.line_up(string.sub(line, #updates.line('') + 1), false, ms(now_ms()))
        end
      until cursor == '0'
    end
  end
end
