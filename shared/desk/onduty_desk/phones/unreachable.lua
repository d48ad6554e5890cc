-- A phone that cannot be reached is shown nothing.
local ownership = require 'conversations'
local hash = require 'lua'
local places = require 'phones'
local keys, words = require 'model'

local unreachable = {}

-- Nothing is drawn at a phone that cannot be reached; who was just passed a conversation never learnt of
-- it. Returns the copy of it that is left: none.
function unreachable.forget_phone(step, conversation)
  for _, id in ipairs(redis.call('ZRANGE', keys.shown .. step.chat, 0, -1)) do
    hash.remove(keys.copies .. id, step.chat)
  end
  redis.call('DEL', keys.shown .. step.chat)
  places.clear(keys.redraws .. step.chat)
  if step.view.note == words.note.passed and conversation.owner == step.chat then
    ownership.release(step.id, conversation, words.reason.off_duty)
  end
  return {}
end

return unreachable
