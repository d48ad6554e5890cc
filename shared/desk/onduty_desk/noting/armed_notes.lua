-- Who is about to write a note: their next text is one, whatever it replies to. That ends with the note, by
-- Cancel, or when the conversation is theirs no more. After that it is `over`: a text that was meant for a
-- note is still caught, so that it goes to no customer, until they know. So is, once, what they wrote below the
-- question while it still stood there, if what was taken for the note was written before that: the bot was late.
-- It may have asked more than once by then: below each question one text is caught.
local key_lifetimes = require 'conversations'
local clock, integer = require 'lua'
local keys = require 'model'

local armed_notes = {}

local KEPT_AT_LEAST_S = 86400
local CLOCKS_DIFFER_S = 2

-- The conversation, and whether it is over; nil if their next text is no note.
function armed_notes.of(operator)
  local id, over = unpack(redis.call('HMGET', keys.noting .. operator, 'conversation', 'over'))
  return id or nil, over and true
end

-- The questions before the newest, below which no text has come: the first of them, and the others.
local function questions_before(earlier)
  return string.match(earlier or '', '^(%d+) ?(.*)$')
end

-- Whether a text is for something else: a note was given, and this stands above the question, or came when that
-- was gone.
function armed_notes.is_past(operator, message, at_s)
  local asked, earlier, upto_s = unpack(redis.call('HMGET', keys.noting .. operator, 'asked', 'earlier', 'upto_s'))
  local first = questions_before(earlier) or asked
  return upto_s and (tonumber(message) < tonumber(first) or tonumber(at_s) > tonumber(upto_s))
end

-- Their text was a note. Returns the message that asked for it, or nil.
function armed_notes.have_given(operator, message)
  local key = keys.noting .. operator
  local asked, earlier, upto_s = unpack(redis.call('HMGET', key, 'asked', 'earlier', 'upto_s'))
  local first, others = questions_before(earlier)
  local is_of_earlier = first and tonumber(message) > tonumber(first)
  if not asked or tonumber(message) > tonumber(asked) or upto_s and not is_of_earlier then
    return armed_notes.disarm(operator)
  end
  if is_of_earlier then
    redis.call('HSET', key, 'earlier', others)
  end
  if upto_s then
    return nil
  end
  redis.call('HSET', key, 'upto_s', integer(math.ceil(clock.ms() / 1000) + CLOCKS_DIFFER_S))
  redis.call('ZREM', keys.notes_over, operator)
  return asked
end

function armed_notes.arm(operator, chat, id)
  local key = keys.noting .. operator
  local asked, earlier = unpack(redis.call('HMGET', key, 'asked', 'earlier'))
  if asked and not string.find(' ' .. (earlier or '') .. ' ', ' ' .. asked .. ' ', 1, true) then
    redis.call('HSET', key, 'earlier', earlier and earlier ~= '' and earlier .. ' ' .. asked or asked)
  end
  redis.call('HSET', key, 'conversation', id, 'chat', chat)
  redis.call('HDEL', key, 'over', 'upto_s')
  redis.call('EXPIRE', key, math.max(KEPT_AT_LEAST_S, key_lifetimes.lasts_s(id)))
  redis.call('ZREM', keys.notes_over, operator)
end

-- A conversation is theirs no more; they will be told if they were about to write a note about it.
function armed_notes.leave(operator, id)
  if operator and armed_notes.of(operator) == id then
    redis.call('HSET', keys.noting .. operator, 'over', integer(clock.ms()))
    if redis.call('HEXISTS', keys.noting .. operator, 'upto_s') == 1 then
      return -- they have written it
    end
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
