-- A card under way: what becomes of an attempt that must not go on.
local copies, outbox = require 'phones'
local keys, words = require 'model'

local attempts = {}

-- Nobody knows whether these messages have come: they are marked as possible repeats when they come
-- to this phone again.
function attempts.note_unknown(chat, attempt)
  if not (attempt.in_flight or attempt.unknowns > 0 or attempt.maybe or attempt.part > 0) then
    return
  end
  local id = attempt.conversation
  local copy = copies.of(id, chat)
  for _, message in ipairs(attempt.messages) do
    local seq = tonumber(redis.call('ZSCORE', keys.messages .. id, message) or 0)
    copy.maybe_seq = math.max(copy.maybe_seq or 0, seq)
  end
  copies.keep(id, chat, copy)
end

-- Let an attempt that must not go on be forgotten.
function attempts.drop(chat, attempt)
  redis.call('HDEL', keys.chat .. chat, 'attempt')
  for _, message in ipairs(attempt.messages) do
    if redis.call('HGET', keys.deliveries .. message, chat) == words.delivery.attempting then
      redis.call('HSET', keys.deliveries .. message, chat, words.delivery.withdrawn)
    end
  end
  attempts.note_unknown(chat, attempt)
end

-- And what else waits of its conversation with it.
function attempts.withdraw(chat, attempt)
  outbox.withdraw(attempt.conversation, chat, 50)
  attempts.drop(chat, attempt)
end

function attempts.of(chat)
  local attempt = redis.call('HGET', keys.chat .. chat, 'attempt')
  return attempt and cjson.decode(attempt), attempt
end

return attempts
