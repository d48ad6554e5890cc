-- Stands before every script of the desk, after the prelude: whether Telegram can be reached, and the
-- clock of people, which stands still while it cannot.
--
-- Hash onduty:telegram: `away_since_ms` and `reason` while the desk is paused, with `is_confirmed` (it
-- does not answer getMe either: an outage), `probe_at_ms` (when it is asked next), `probed_ms` (when
-- it was before) and `probes`; `last_since_ms` and `last_back_ms` of the outage before, and
-- `paused_since_ms` and `paused_back_ms` of the pause before, be it an outage or not; `sent_ms`, when
-- Telegram last took something, and `pauses`, how often the desk has paused since. The set
-- onduty:telegram:failing has the chats that a send failed to since then.

local TELEGRAM, FAILING, BEHIND = 'onduty:telegram', 'onduty:telegram:failing', 'onduty:behind'
local FAILING_REMEMBERED_MS = 20000
local CHATS_WITHIN_MS, CHATS_THAT_PAUSE_ALL = 5000, 3
local REQUEST_MS = 10000 -- a request that fails in an outage began so long before, at most
local WORTH_A_SUMMARY_MS = 30000 -- shorter outages are not told of: each card rings as always
local STRETCH_MS = 60000 -- an outage that begins so soon after another is the same one

local function is_telegram_away()
  return redis.call('HGET', TELEGRAM, 'away_since_ms')
end

-- Telegram took something: once a script is enough.
local function note_success()
  redis.call('HSET', TELEGRAM, 'sent_ms', ms(now_ms()), 'pauses', 0)
  redis.call('DEL', FAILING)
end

-- A send to a chat has failed for want of Telegram. Returns how many chats have within five seconds,
-- without a success between.
local function note_failure(chat)
  local now = now_ms()
  redis.call('ZADD', FAILING, 'LT', ms(now), chat)
  redis.call('ZREMRANGEBYSCORE', FAILING, '-inf', ms(now - FAILING_REMEMBERED_MS))
  redis.call('PEXPIRE', FAILING, FAILING_REMEMBERED_MS)
  return redis.call('ZCOUNT', FAILING, ms(now - CHATS_WITHIN_MS), '+inf')
end

-- When Telegram is asked next, after so many questions or pauses.
local LONGEST_PROBE_MS = 10000
local function probe_after_ms(times)
  return math.min(1000 * 2 ^ times, LONGEST_PROBE_MS)
end

-- The desk pauses as a whole, since the first send that failed. It is an outage if Telegram does not
-- answer getMe either; else Telegram only takes nothing of anybody's, and each pause is longer.
local function begin_pause(reason, is_confirmed)
  local since = redis.call('ZRANGE', FAILING, 0, 0, 'WITHSCORES')[2] or ms(now_ms())
  local pauses = redis.call('HINCRBY', TELEGRAM, 'pauses', 1)
  redis.call('HSET', TELEGRAM, 'away_since_ms', since, 'reason', reason, 'probes', 0,
    'probe_at_ms', ms(now_ms() + probe_after_ms(is_confirmed and 0 or pauses - 1)))
  if is_confirmed then
    redis.call('HSET', TELEGRAM, 'is_confirmed', 1)
  end
end

-- What has failed until now failed because of an outage ('last'), or a pause of whatever cause
-- ('paused').
local function note_end(which, since, now)
  local since_field, back_field = which .. '_since_ms', which .. '_back_ms'
  local back = tonumber(redis.call('HGET', TELEGRAM, back_field) or nil)
  if not back or since - back > STRETCH_MS then
    redis.call('HSET', TELEGRAM, since_field, ms(since))
  end
  redis.call('HSET', TELEGRAM, back_field, ms(now))
end

-- Telegram answers: what waits goes on. After a longer outage each phone with something to come is
-- told first how much. Returns for how long the desk has paused in ms.
local function end_pause()
  local now = now_ms()
  local field = redis.call('HMGET', TELEGRAM, 'away_since_ms', 'is_confirmed')
  local since = tonumber(field[1])
  redis.call('HDEL', TELEGRAM, 'away_since_ms', 'reason', 'is_confirmed', 'probe_at_ms', 'probed_ms', 'probes')
  redis.call('DEL', FAILING)
  note_end('paused', since, now)
  if field[2] then
    note_end('last', since, now)
  end
  if field[2] and now - since >= WORTH_A_SUMMARY_MS then
    redis.call('ZUNIONSTORE', BEHIND, 3, 'onduty:timetable:urgent', 'onduty:timetable:normal', 'onduty:timetable:low')
    redis.call('EXPIRE', BEHIND, 86400)
  end
  wake_dispatchers()
  return now - since
end

-- Whether the desk paused at a moment: what failed then says nothing about what was sent.
local function was_away_at(moment_ms)
  local field = redis.call('HMGET', TELEGRAM, 'away_since_ms', 'paused_since_ms', 'paused_back_ms')
  local function is_in(since, back)
    return moment_ms and since and moment_ms >= since - REQUEST_MS and (not back or moment_ms <= back)
  end
  return field[1] and is_in(tonumber(field[1])) or is_in(tonumber(field[2]), tonumber(field[3]))
end

-- Whether what has failed since a moment failed for its own sake: others have succeeded since, and
-- Telegram was not away.
local function others_succeed_since(moment_ms)
  local field = redis.call('HMGET', TELEGRAM, 'away_since_ms', 'sent_ms')
  return not field[1] and tonumber(field[2] or 0) > moment_ms
end

-- The clock of people: what an operator is given time for goes by it. It stands still while Telegram
-- is away or no bot reads (see stop_or_go_on).
local CLOCK = 'onduty:clock'
local function people_ms()
  local field = redis.call('HMGET', CLOCK, 'since_ms', 'stopped_ms')
  return tonumber(field[1] or now_ms()) - tonumber(field[2] or 0)
end

-- Whether nobody can be heard: since when, or nil. A bot says when it last read, by Redis's real
-- clock, which no test moves.
local UNHEARD_MS = 30000
local function unheard_since()
  local heard = tonumber(redis.call('GET', 'onduty:heard'))
  local time = redis.call('TIME')
  local silent_ms = heard and time[1] * 1000 + math.floor(time[2] / 1000) - heard
  return silent_ms and silent_ms > UNHEARD_MS and now_ms() - silent_ms or nil
end

-- Let the clock of people stop or go on, as the world does. It goes on half a minute behind, so that
-- whoever was cut off has that long before anything happens; of half a minute that was not over yet
-- when it stopped again, only what was used is given anew: else it would go back with each outage.
local GRACE_MS = 30000
local function stop_or_go_on()
  local field, now = redis.call('HMGET', CLOCK, 'since_ms', 'went_on_ms'), now_ms()
  local since, went_on = tonumber(field[1]), tonumber(field[2] or '-inf')
  local away = redis.call('HMGET', TELEGRAM, 'is_confirmed', 'away_since_ms')
  local stopped = tonumber(away[1] and away[2] or unheard_since())
  if stopped and not since then
    redis.call('HSET', CLOCK, 'since_ms', ms(math.max(stopped, went_on)))
  elseif since and not stopped then
    redis.call('HDEL', CLOCK, 'since_ms')
    redis.call('HINCRBY', CLOCK, 'stopped_ms', ms(math.max(0, now - since) + math.min(GRACE_MS, since - went_on)))
    redis.call('HSET', CLOCK, 'went_on_ms', ms(now))
  end
  return stopped
end

-- Keep what was given up in the failed list, where it stays until someone acts.
local recorded = {}
local function record_failure(failure, fields)
  local now = now_ms()
  fields.at_ms = now
  redis.call('HSET', 'onduty:failures', failure, cjson.encode(fields))
  redis.call('ZADD', 'onduty:failed', ms(now), failure)
  table.insert(recorded, failure)
end
