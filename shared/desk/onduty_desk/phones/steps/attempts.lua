-- A card under way: what becomes of an attempt that must not go on.
local transcript = require 'conversations'
local hash = require 'lua'
local copies, deliveries, outbox = require 'phones'
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
    copy.maybe_seq = math.max(copy.maybe_seq or 0, transcript.seq_of(id, message) or 0)
  end
  copies.keep(id, chat, copy)
end

-- Let an attempt that must not go on be forgotten.
function attempts.drop(chat, attempt)
  hash.remove(keys.chat .. chat, 'attempt')
  for _, message in ipairs(attempt.messages) do
    if deliveries.state_of(message, chat) == words.delivery.attempting then
      deliveries.mark(message, chat, words.delivery.withdrawn)
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
  local attempt = hash.get(keys.chat .. chat, 'attempt')
  return attempt and cjson.decode(attempt), attempt
end

return attempts
