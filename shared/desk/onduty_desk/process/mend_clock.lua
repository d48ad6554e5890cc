-- Notice that Redis's clock was set back (or that another server with another clock is the master
-- now), and bring the moments that were written by the old one down by the gap. Else phones, updates,
-- events and leases would wait for as long as it went back.
--
-- Returns { ms it went back since the last look or 0, how many moments were brought down, whose turn it is
-- to look for everything else: '' (another dispatcher has looked within a second), 'second' (ours), or
-- 'five' (the same, and the first in five seconds) }.
-- A clock that was set forward lets them come early, and needs no mending.
local clock, hash, integer, isolate, urgency = require 'lua'
local pace = require 'telegram'
local keys = require 'model'

local LEAST_GAP_MS = 2000 -- looks are a second apart, and answers come late
local TURN_MS = 900
local KEPT_S = 86400
local now = clock.ms()
local seen = tonumber(redis.call('GET', keys.clock_read) or nil)
if not seen or now > seen - LEAST_GAP_MS then
  if seen and now < seen + TURN_MS then
    return { 0, 0, '' }
  end
  redis.call('SET', keys.clock_read, integer(now), 'EX', KEPT_S)
  return { 0, 0, math.floor(now / 5000) > math.floor((seen or 0) / 5000) and 'five' or 'second' }
end

local gap, mended = seen - now, 0

local function bring_down(key)
  local standing = redis.call('ZRANGE', key, '(' .. integer(now), '+inf', 'BYSCORE', 'WITHSCORES')
  for i = 1, #standing, 2 do
    redis.call('ZADD', key, integer(math.max(now, tonumber(standing[i + 1]) - gap)), standing[i])
    mended = mended + 1
  end
end

local function bring_fields_down(key, fields)
  for _, field in ipairs(fields) do
    local at = tonumber(hash.get(key, field) or nil)
    if at and at > now then
      hash.set(key, field, math.max(now, at - gap))
    end
  end
end

local function bring_pause_down(key)
  local at = tonumber(redis.call('GET', key) or nil)
  if at then
    redis.call('DEL', key)
    pace.write_moment(key, at - gap * 1000, clock.us())
  end
end

for _, class in ipairs(urgency.CLASSES) do
  local timetable = keys.timetable .. class
  isolate.call(bring_down, timetable)
  isolate.call(function()
    for _, chat in ipairs(redis.call('ZRANGE', timetable, 0, -1)) do
      isolate.call(
        bring_fields_down,
        keys.chat .. chat,
        { 'next_at_ms', 'lease_until_ms', 'edits_at_ms', 'board_at_ms' }
      )
      isolate.call(bring_pause_down, keys.pace_refused .. chat)
    end
  end)
end
isolate.call(bring_pause_down, keys.pace_pause)
isolate.call(bring_down, keys.update_chats)
isolate.call(bring_down, keys.update_chats_first)
isolate.call(bring_down, keys.events_due)
isolate.call(bring_down, keys.replies_delayed)
isolate.call(bring_fields_down, keys.telegram, {
  'away_since_ms',
  'probe_at_ms',
  'probed_ms',
  'sent_ms',
  'last_since_ms',
  'last_back_ms',
  'paused_since_ms',
  'paused_back_ms',
})
isolate.call(redis.call, 'DEL', keys.telegram_failing)
-- The clock of people goes on as if nothing had been, and so does what goes by it.
isolate.call(function()
  for _, field in ipairs({ 'since_ms', 'went_on_ms' }) do
    local at = tonumber(redis.call('HGET', keys.clock, field) or nil)
    if at then
      redis.call('HSET', keys.clock, field, integer(at - gap))
    end
  end
  redis.call('HINCRBY', keys.clock, 'stopped_ms', integer(-gap))
end)
redis.call('SET', keys.clock_read, integer(now), 'EX', KEPT_S)
return { gap, mended, 'five' }
