-- Answers that are sent a while after they were written (ONDUTY_SEND_AFTER): until then their author can change
-- them, or take them back. Those of a conversation are sent in the order in which they were written.
local key_lifetimes = require 'conversations'
local clock, integer, isolate = require 'lua'
local edits, wake = require 'phones'
local replies = require 'replies'
local keys, words = require 'model'

local delays = {}

local AGAIN_MS = 5000 -- without anybody who delivers events, whoever comes to deliver them is waited for

local function is_delayed(reply)
  return reply.state == words.reply_state.delayed
end

-- Remove the message that says that an answer is delayed: a dispatcher deletes it.
function delays.remove_notice(id, place, notice)
  edits.delete(id, string.match(place, '^(.+):%d+$'), notice, 'urgent')
  wake.dispatchers()
end

local function leave(id, place, reply)
  redis.call('ZREM', keys.replies_delayed, place)
  redis.call('ZREM', keys.delayed_of .. id, place)
  if reply.notice then
    delays.remove_notice(id, place, reply.notice)
  end
end

-- Send one. Returns false if nobody delivers events: it stays.
local function send(id, place)
  local reply = replies.at(place)
  if is_delayed(reply) and not replies.send(place, words.event.reply_sent) then
    return false
  end
  leave(id, place, reply)
  return true
end

-- Send those of a conversation, up to `last`. Returns whether they are sent.
local function send_up_to(id, last)
  for _, place in ipairs(redis.call('ZRANGE', keys.delayed_of .. id, 0, -1)) do
    if not send(id, place) then
      return false
    elseif place == last then
      break
    end
  end
  return true
end

-- Whoever has written them lets the conversation go: what they have said goes before the event of that, which
-- one that breaks does not prevent.
function delays.flush(id)
  for _, place in ipairs(redis.call('ZRANGE', keys.delayed_of .. id, 0, -1)) do
    if not isolate.call(send, id, place) then
      break
    end
  end
end

-- Let an answer be sent later, if the rules say so, or if one before it is not sent yet: that is not overtaken.
-- Returns in how many ms; nil if it is to be sent at once.
function delays.delay(rules, id, place)
  local now, order_key = clock.ms(), keys.delayed_of .. id
  local last, order = unpack(redis.call('ZRANGE', order_key, -1, -1, 'WITHSCORES'))
  local after_ms = last and tonumber(redis.call('ZSCORE', keys.replies_delayed, last) or 0) or 0
  local at_ms = math.max(now + rules.send_after_ms, after_ms)
  if at_ms <= now then
    delays.flush(id)
    return nil
  end
  redis.call('HSET', keys.reply .. place, 'state', words.reply_state.delayed)
  redis.call('ZADD', order_key, integer((tonumber(order) or 0) + 1), place)
  redis.call('ZADD', keys.replies_delayed, integer(at_ms), place)
  for _, key in ipairs({ order_key, keys.replies_delayed, keys.reply .. place }) do
    key_lifetimes.outlast(key, id)
  end
  replies.note_last(place, replies.at(place))
  return at_ms - now
end

-- An answer is due, and with it those before it. What cannot be sent yet is tried again.
function delays.look(place)
  local id = redis.call('HGET', keys.reply .. place, 'conversation')
  if not id or not redis.call('ZSCORE', keys.delayed_of .. id, place) then
    redis.call('ZREM', keys.replies_delayed, place) -- it has expired
  elseif not send_up_to(id, place) then
    redis.call('ZADD', keys.replies_delayed, integer(clock.ms() + AGAIN_MS), place)
  end
end

-- Its author takes an answer back: it is not sent. Returns the one behind it, or nil.
function delays.take_back(id, place, reply)
  local order_key, back = keys.delayed_of .. id, words.event.reply_deleted
  local order = redis.call('ZSCORE', order_key, place) or '-inf'
  local behind = redis.call('ZRANGE', order_key, '(' .. order, '+inf', 'BYSCORE', 'LIMIT', 0, 1)[1]
  redis.call('HSET', keys.reply .. place, 'state', words.reply_state.deleted, 'kind', back)
  leave(id, place, reply)
  return behind
end

-- The conversation is forgotten: none of them is sent.
function delays.forget(id)
  for _, place in ipairs(redis.call('ZRANGE', keys.delayed_of .. id, 0, -1)) do
    leave(id, place, replies.at(place))
  end
end

return delays
