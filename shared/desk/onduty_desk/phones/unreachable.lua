-- What a phone cannot be shown in the way that was tried: nothing at all, or a card in its place.
local audience, ownership = require 'conversations'
local hash = require 'lua'
local cards, copies, places = require 'phones'
local operators = require 'roster'
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

-- Who could not be called by a note gets a card; the one there is points down to it.
function unreachable.send_card(id, chat, conversation, copy)
  if operators.is_on_duty(chat) and audience.may_have(conversation, chat) then
    copies.move_card(copy)
    copies.keep(id, chat, copy)
    cards.show(id, conversation, chat)
  end
end

return unreachable
