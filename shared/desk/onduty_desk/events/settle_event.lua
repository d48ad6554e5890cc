-- Write down what came of telling the backend of an event.
--
-- ARGV: conversation, lease token, event id, outcome, its reason, pause in ms, for how long an
-- event is tried in ms.
-- Outcomes: confirmed, queued (in RQ, where the backend confirms it later), again (not counted), failed
-- (counted; after that time given up), refused (given up at once).
-- Returns 'settled', 'given_up', or 'gone' when another dispatcher settled this event before.
--
-- `confirmed`, or `queued`, is written down even by a dispatcher whose lease has run out, but then the
-- conversation's next event waits for the one who has it: it may be telling this one again.
local events = require 'events'
local failed = require 'failures'
local clock, integer = require 'lua'
local replies = require 'replies'
local keys = require 'model'

local id, token, event_id, outcome, reason = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local pause_ms, tried_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local list, trying = keys.events .. id, keys.events_trying .. id
local now = clock.ms()

local event = redis.call('LINDEX', list, 0)
local field = redis.call('HMGET', trying, 'lease', 'since_ms')
local has_lease = field[1] == token
local told = event and cjson.decode(event)
local is_next = event and told.id == event_id
local reply_id = event and type(told.reply_id) == 'string' and told.reply_id

local function give_up()
  local about = cjson.encode({ kind = 'event', conversation = id, reason = reason })
  failed.record_json('event-' .. event_id, string.sub(about, 1, -2) .. ',"event":' .. event .. '}')
  if reply_id then
    replies.failed(reply_id, event_id, reason, 'event-' .. event_id)
  end
end

local answer, is_done = 'gone', not is_next
if is_next and (outcome == 'confirmed' or outcome == 'queued') then
  answer, is_done = 'settled', true
  if reply_id and outcome == 'queued' then
    replies.queued(reply_id, event_id)
  elseif reply_id then
    replies.confirmed(reply_id, event_id)
  end
elseif is_next and has_lease then
  answer = 'settled'
  local is_too_old = now + pause_ms > tonumber(field[2] or now) + tried_ms
  if outcome == 'refused' or (outcome == 'failed' and is_too_old) then
    give_up()
    answer, is_done = 'given_up', true
  end
end
if is_next and is_done then
  redis.call('LPOP', list)
end

if is_next and is_done then
  local next_event = redis.call('LINDEX', list, 0)
  events.note_oldest(id, next_event and cjson.decode(next_event).id)
end
if has_lease and is_done then
  redis.call('DEL', trying)
  if redis.call('EXISTS', list) == 1 then
    redis.call('ZADD', keys.events_due, integer(now), id)
  else
    redis.call('ZREM', keys.events_due, id)
  end
elseif has_lease then
  redis.call('HDEL', trying, 'lease')
  if outcome == 'failed' then
    redis.call('HINCRBY', trying, 'failures', 1)
  end
  redis.call('ZADD', keys.events_due, integer(now + pause_ms), id)
end
return answer
