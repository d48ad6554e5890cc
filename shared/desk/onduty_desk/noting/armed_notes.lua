-- Who is about to write a note: their next text is one, whatever it replies to. That ends with the note, by
-- Cancel, or when the conversation is theirs no more. After that it is `over`: a text that was meant for a
-- note is still caught, so that it goes to no customer, until they know.
local key_lifetimes = require 'conversations'
local clock, integer = require 'lua'
local keys = require 'model'

local armed_notes = {}

local KEPT_AT_LEAST_S = 86400

-- The conversation, and whether it is over; nil if their next text is no note.
function armed_notes.of(operator)
  local id, over = unpack(redis.call('HMGET', keys.noting .. operator, 'conversation', 'over'))
  return id or nil, over and true
end

function armed_notes.arm(operator, chat, id)
  local key = keys.noting .. operator
  redis.call('HSET', key, 'conversation', id, 'chat', chat)
  redis.call('HDEL', key, 'over')
  redis.call('EXPIRE', key, math.max(KEPT_AT_LEAST_S, key_lifetimes.lasts_s(id)))
  redis.call('ZREM', keys.notes_over, operator)
end

-- A conversation is theirs no more; they will be told if they were about to write a note about it.
function armed_notes.leave(operator, id)
  if operator and armed_notes.of(operator) == id then
    redis.call('HSET', keys.noting .. operator, 'over', integer(clock.ms()))
    redis.call('ZADD', keys.notes_over, integer(clock.ms()), operator)
    key_lifetimes.outlast(keys.notes_over, id)
  end
end

-- Returns the message that asked for the note, or nil.
function armed_notes.disarm(operator)
  local asked = redis.call('HGET', keys.noting .. operator, 'asked')
  redis.call('DEL', keys.noting .. operator)
  redis.call('ZREM', keys.notes_over, operator)
  return asked or nil
end

return armed_notes
