-- Write down what came of handling an update, and when its chat is looked at next.
--
-- ARGV: chat, lease, update id, outcome, pause in ms, most failures, what to set aside as JSON.
-- Outcomes: done, away (Telegram or Redis: not counted, growing pauses), failed (counted).
-- Returns { 'done' }, { 'again', how often by now }, { 'set_aside' }, or { 'gone' } when the lease
-- ran out before: then nothing is changed, another process handles it.
local chat, lease, update, outcome = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local pause_ms, most, set_aside = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local line, trouble = 'onduty:updates:' .. chat, 'onduty:update-trouble:' .. update
local LONGEST_PAUSE_MS = 30000
local lane, standing = lane_where(chat)
if tonumber(standing or 0) ~= lease then
  return { 'gone' }
end

local function count()
  local times = redis.call('HINCRBY', trouble, outcome, 1)
  redis.call('EXPIRE', trouble, 86400)
  return times
end

local function again(times)
  local pause = math.min(LONGEST_PAUSE_MS, 250 * 2 ^ math.min(times, 10))
  redis.call('ZADD', lane, ms(now_ms() + math.max(pause_ms, pause)), chat)
  return { 'again', times }
end

local function leave_the_line()
  redis.call('ZREMRANGEBYSCORE', line, update, update)
  redis.call('DEL', trouble)
  redis.call('ZREM', lane, chat)
  if redis.call('EXISTS', line) == 1 then
    let_stand_in_line(chat, ms(now_ms()))
  end
end

if outcome == 'away' then
  return again(count())
end
if outcome == 'failed' then
  local times = count()
  if times < most then
    return again(times)
  end
  redis.call('LPUSH', 'onduty:updates-set-aside', set_aside)
  redis.call('LTRIM', 'onduty:updates-set-aside', 0, 999)
  leave_the_line()
  return { 'set_aside' }
end
leave_the_line()
return { 'done' }
