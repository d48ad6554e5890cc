-- Write down what came of handling an update, and when its chat is looked at next.
--
-- ARGV: chat, lease, update id, outcome, pause in ms, most failures, what is set aside as JSON (''
-- for nothing), its author or '', the note that takes the update's place if it is set aside and its
-- author is an operator, and that for anybody else ('' for none).
-- Outcomes: done, away (Telegram or Redis: not counted, growing pauses), failed and slow (counted).
-- Returns { 'done' }, { 'again', how often by now }, { 'set_aside' }, or { 'gone' } when the lease
-- ran out before: then nothing is changed, another process handles it.
local clock, integer = require 'lua'
local lines, odd_keys = require 'onduty_bot/updates'
local keys = require 'model'

local chat, lease, update, outcome = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local pause_ms, most, set_aside = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local author, note_to_operator, note_to_others = ARGV[8], ARGV[9], ARGV[10]
local line, trouble = lines.line(chat), keys.update_trouble .. update
local LONGEST_PAUSE_MS = 10000
lines.sound_timetables()
odd_keys.sound(line, 'zset')
odd_keys.sound(trouble, 'hash')
local timetable, stands_at = lines.place(chat)
if stands_at ~= lease then
  return { 'gone' }
end

local function count()
  local times = redis.call('HINCRBY', trouble, outcome, 1)
  redis.call('EXPIRE', trouble, 86400)
  return times
end

local function again(times)
  local pause = math.min(LONGEST_PAUSE_MS, 250 * 2 ^ math.min(times, 10))
  redis.call('ZADD', timetable, integer(clock.ms() + math.max(pause_ms, pause)), chat)
  return { 'again', times }
end

local function leave_the_line(note)
  redis.call('ZREMRANGEBYSCORE', line, update, update)
  redis.call('DEL', trouble)
  if note ~= '' then
    redis.call('ZADD', line, update, note)
  end
  if redis.call('EXISTS', line) == 1 then
    redis.call('ZADD', timetable, integer(clock.ms()), chat)
  else
    redis.call('ZREM', timetable, chat)
  end
end

if outcome == 'away' then
  return again(count())
end
if outcome ~= 'done' then
  local times = count()
  if times < most then
    return again(times)
  end
  if set_aside ~= '' then
    odd_keys.set_aside('update-' .. update, set_aside)
  end
  leave_the_line(lines.is_known(author) and note_to_operator or note_to_others)
  return { 'set_aside' }
end
leave_the_line('')
return { 'done' }
