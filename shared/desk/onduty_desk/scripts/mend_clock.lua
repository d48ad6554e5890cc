-- Notice that Redis's clock was set back (or that another server with another clock is the master
-- now), and bring the moments that were written by the old one down by the gap. Else phones, updates,
-- events and leases would wait for as long as it went back.
--
-- Returns { ms it went back since the last look or 0, how many moments were brought down }.
-- A clock that was set forward lets them come early, and needs no mending.
local LEAST_GAP_MS = 2000 -- looks are a second apart, and answers come late
local KEPT_S = 86400
local now = now_ms()
local seen = tonumber(redis.call('GET', 'onduty:clock-read') or now)
if now > seen - LEAST_GAP_MS then
  if now >= seen + 500 or redis.call('EXISTS', 'onduty:clock-read') == 0 then
    redis.call('SET', 'onduty:clock-read', ms(now), 'EX', KEPT_S)
  end
  return { 0, 0 }
end

local gap, mended = seen - now, 0

local function bring_down(key)
  local standing = redis.call('ZRANGE', key, '(' .. ms(now), '+inf', 'BYSCORE', 'WITHSCORES')
  for i = 1, #standing, 2 do
    redis.call('ZADD', key, ms(math.max(now, tonumber(standing[i + 1]) - gap)), standing[i])
    mended = mended + 1
  end
end

local function bring_fields_down(key, fields)
  for _, field in ipairs(fields) do
    local at = tonumber(redis.call('HGET', key, field) or nil)
    if at and at > now then
      redis.call('HSET', key, field, ms(math.max(now, at - gap)))
    end
  end
end

local function bring_pause_down(key)
  local at = tonumber(redis.call('GET', key) or nil)
  if at then
    redis.call('DEL', key)
    write_moment(key, at - gap * 1000, now_us())
  end
end

for _, class in ipairs(CLASSES) do
  local timetable = 'onduty:timetable:' .. class
  alone(bring_down, timetable)
  alone(function()
    for _, chat in ipairs(redis.call('ZRANGE', timetable, 0, -1)) do
      alone(bring_fields_down, 'onduty:chat:' .. chat, { 'next_at_ms', 'lease_until_ms', 'edits_at_ms' })
      alone(bring_pause_down, 'onduty:pace:refused:' .. chat)
    end
  end)
end
alone(bring_pause_down, 'onduty:pace:pause')
alone(bring_down, 'onduty:updates')
alone(bring_down, 'onduty:updates-first')
alone(bring_down, 'onduty:events')
alone(bring_fields_down, TELEGRAM, { 'away_since_ms', 'probe_at_ms', 'probed_ms', 'sent_ms', 'last_since_ms',
  'last_back_ms', 'paused_since_ms', 'paused_back_ms' })
alone(redis.call, 'DEL', FAILING)
-- The clock of people goes on as if nothing had been, and so does what goes by it.
alone(function()
  for _, field in ipairs({ 'since_ms', 'went_on_ms' }) do
    local at = tonumber(redis.call('HGET', CLOCK, field) or nil)
    if at then
      redis.call('HSET', CLOCK, field, ms(at - gap))
    end
  end
  redis.call('HINCRBY', CLOCK, 'stopped_ms', ms(-gap))
end)
redis.call('SET', 'onduty:clock-read', ms(now), 'EX', KEPT_S)
return { gap, mended }
