-- What cannot be done is set aside, alone, into the failed list.
local boards = require 'boards'
local transcript = require 'conversations'
local events = require 'events'
local failed = require 'failures'
local clock, hash, integer, isolate, urgency = require 'lua'
local nudges = require 'nudges'
local copies, deliveries, outbox, places, timetable = require 'phones'
local topics = require 'topics'
local keys, words = require 'model'

local aside = {}

-- Nobody else has this message, and nobody will be offered it.
local function is_lost(id, message, chat)
  local seq = transcript.seq_of(id, message) or 0
  local offered = tonumber(hash.get(keys.conversation .. id, 'offered_seq') or 0)
  return seq <= offered and not deliveries.someone_else_has(message, chat)
end

-- Messages that a phone does not get: told to the backend if nobody has them.
function aside.give_up_messages(chat, id, messages, attempt, reason)
  failed.record(
    'delivery-' .. chat .. '-' .. attempt,
    { kind = 'delivery', chat = chat, conversation = id, messages = messages, reason = reason }
  )
  for _, message in ipairs(messages) do
    if is_lost(id, message, chat) then
      events.emit(id, words.event.message_undeliverable, { message_id = message, reason = reason })
    end
  end
end

-- A step at a phone (see take.lua) that broke. Each part is done as far as it can be: what broke it
-- may be any of these keys.
function aside.step(chat, id, what, messages, reason)
  if what == words.step.send and #messages > 0 then
    for _, message in ipairs(messages) do
      isolate.call(deliveries.mark, message, chat, words.delivery.given_up .. ': ' .. reason)
    end
    isolate.call(aside.give_up_messages, chat, id, messages, integer(clock.ms()), reason)
  else
    failed.record(
      'step-' .. chat .. '-' .. id,
      { kind = 'step', chat = chat, conversation = id, step = what, reason = reason }
    )
  end
  if topics.STEPS[what] then
    isolate.call(topics.give_up, chat, id, what)
    return
  elseif what == words.step.send_nudge or what == words.step.edit_nudge then
    isolate.call(nudges.drop_all, chat)
    return
  elseif id == '' then -- about no conversation, but the phone's board
    isolate.call(boards.give_up, chat)
    return
  elseif what == words.step.send then
    isolate.call(hash.remove, keys.chat .. chat, 'attempt')
  elseif what == words.step.send_summary then
    isolate.call(hash.remove, keys.chat .. chat, 'summary')
  elseif what == words.step.send_note then
    isolate.call(function()
      local copy = copies.of(id, chat)
      copy.note = nil
      copies.keep(id, chat, copy)
    end)
  end
  if what == words.step.send or what == words.step.send_note then
    local tidied = isolate.call(outbox.tidy, id, chat)
    if type(tidied) == 'table' then
      places.remove(keys.outbox .. chat, id)
    end
  else
    places.remove(keys.redraws .. chat, id)
  end
end

-- A phone whose own keys cannot be used is looked at no more until something new comes for it.
function aside.phone(chat, reason)
  timetable.leave(chat)
  for _, class in ipairs(urgency.CLASSES) do
    redis.call('ZREM', keys.timetable .. class, chat)
  end
  failed.record('phone-' .. chat, { kind = 'phone', chat = chat, reason = reason })
end

return aside
