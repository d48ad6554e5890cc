-- Whether Telegram can be reached, and whether the desk pauses because it cannot.
local clock, integer = require 'lua'
local wake = require 'phones'
local keys = require 'model'

local reach = {}

local FAILING_REMEMBERED_MS = 20000
local CHATS_WITHIN_MS = 5000
reach.CHATS_THAT_PAUSE_ALL = 3
local REQUEST_MS = 10000 -- a request that fails in an outage began so long before, at most
local WORTH_A_SUMMARY_MS = 30000 -- shorter outages are not told of: each card rings as always
local STRETCH_MS = 60000 -- an outage that begins so soon after another is the same one
function reach.is_away()
  return redis.call('HGET', keys.telegram, 'away_since_ms')
end

-- Telegram took something: once a script is enough.
function reach.note_success()
  redis.call('HSET', keys.telegram, 'sent_ms', integer(clock.ms()), 'pauses', 0)
  redis.call('DEL', keys.telegram_failing)
end

-- A send to a chat has failed for want of Telegram. Returns how many chats have within five seconds,
-- without a success between.
function reach.note_failure(chat)
  local now = clock.ms()
  redis.call('ZADD', keys.telegram_failing, 'LT', integer(now), chat)
  redis.call('ZREMRANGEBYSCORE', keys.telegram_failing, '-inf', integer(now - FAILING_REMEMBERED_MS))
  redis.call('PEXPIRE', keys.telegram_failing, FAILING_REMEMBERED_MS)
  return redis.call('ZCOUNT', keys.telegram_failing, integer(now - CHATS_WITHIN_MS), '+inf')
end

-- When Telegram is asked next, after so many questions or pauses.
reach.LONGEST_PROBE_MS = 10000
function reach.probe_after_ms(times)
  return math.min(1000 * 2 ^ times, reach.LONGEST_PROBE_MS)
end

-- The desk pauses as a whole, since the first send that failed. It is an outage if Telegram does not
-- answer getMe either; else Telegram only takes nothing of anybody's, and each pause is longer.
function reach.begin_pause(reason, is_confirmed)
  local since = redis.call('ZRANGE', keys.telegram_failing, 0, 0, 'WITHSCORES')[2] or integer(clock.ms())
  local pauses = redis.call('HINCRBY', keys.telegram, 'pauses', 1)
  redis.call(
    'HSET',
    keys.telegram,
    'away_since_ms',
    since,
    'reason',
    reason,
    'probes',
    0,
    'probe_at_ms',
    integer(clock.ms() + reach.probe_after_ms(is_confirmed and 0 or pauses - 1))
  )
  if is_confirmed then
    redis.call('HSET', keys.telegram, 'is_confirmed', 1)
  end
end

-- What has failed until now failed because of an outage ('last'), or a pause of whatever cause
-- ('paused').
local function note_end(which, since, now)
  local since_field, back_field = which .. '_since_ms', which .. '_back_ms'
  local back = tonumber(redis.call('HGET', keys.telegram, back_field) or nil)
  if not back or since - back > STRETCH_MS then
    redis.call('HSET', keys.telegram, since_field, integer(since))
  end
  redis.call('HSET', keys.telegram, back_field, integer(now))
end

-- Telegram answers: what waits goes on. After a longer outage each phone with something to come is
-- told first how much. Returns for how long the desk has paused in ms.
function reach.end_pause()
  local now = clock.ms()
  local field = redis.call('HMGET', keys.telegram, 'away_since_ms', 'is_confirmed')
  local since = tonumber(field[1])
  redis.call('HDEL', keys.telegram, 'away_since_ms', 'reason', 'is_confirmed', 'probe_at_ms', 'probed_ms', 'probes')
  redis.call('DEL', keys.telegram_failing)
  note_end('paused', since, now)
  if field[2] then
    note_end('last', since, now)
  end
  if field[2] and now - since >= WORTH_A_SUMMARY_MS then
    local timetable = keys.timetable
    redis.call('ZUNIONSTORE', keys.behind, 3, timetable .. 'urgent', timetable .. 'normal', timetable .. 'low')
    redis.call('EXPIRE', keys.behind, 86400)
  end
  wake.dispatchers()
  return now - since
end

-- Whether the desk paused at a moment: what failed then says nothing about what was sent.
function reach.was_away_at(moment_ms)
  if not moment_ms then
    return false
  end
  local field = redis.call('HMGET', keys.telegram, 'away_since_ms', 'paused_since_ms', 'paused_back_ms')
  local function is_in(since, back)
    return since and moment_ms >= since - REQUEST_MS and (not back or moment_ms <= back)
  end
  return field[1] and is_in(tonumber(field[1])) or is_in(tonumber(field[2]), tonumber(field[3]))
end

-- Whether what has failed since a moment failed for its own sake: others have succeeded since, and
-- Telegram was not away.
function reach.others_succeed_since(moment_ms)
  local field = redis.call('HMGET', keys.telegram, 'away_since_ms', 'sent_ms')
  return not field[1] and tonumber(field[2] or 0) > moment_ms
end

return reach
