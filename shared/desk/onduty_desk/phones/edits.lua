-- What a phone shows is edited: requested here, done by a dispatcher, last in line.
local conversations, expiry = require 'conversations'
local clock, hash, urgency = require 'lua'
local copies, places, timetable, wake = require 'phones'
local keys, words = require 'model'

local edits = {}

-- Have a phone's copy drawn anew. `class` is that of edits, or urgent for the phone whose own tap
-- asks for it.
function edits.request(id, chat, class)
  places.add(keys.redraws .. chat, urgency.score(class or 'edits', clock.ms()), id)
  expiry.outlast(keys.redraws .. chat, id)
  timetable.something_new(chat)
end

-- Have all copies drawn anew, that of `first` before the others.
function edits.request_all(id, first)
  conversations.count(id, 'version')
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    edits.request(id, chat, chat == first and 'urgent' or 'edits')
  end
  wake.dispatchers()
end

-- Take the buttons off a phone's copy, which is not drawn any more.
function edits.strip(id, chat)
  local copy = copies.of(id, chat)
  for _, message in ipairs({ copy.card or false, copy.call or false, copy.moved or false }) do
    if message then
      copies.strip_later(copy, message)
    end
  end
  copies.keep(id, chat, {
    strip = copy.strip,
    remove = copy.remove,
    nudge = copy.nudge,
    language = copy.language,
    maybe_seq = copy.maybe_seq,
  })
  if copy.strip or copy.remove then
    edits.request(id, chat)
  end
end

-- What is left to be done with a copy, the first of it: the step, and the message that it changes.
function edits.next(conversation, copy)
  if copy.strip then
    return words.step.remove_keyboard, copy.strip[1]
  elseif copy.moved then
    return words.step.link_to_newer_card, copy.moved
  elseif copy.remove then
    return words.step.delete, copy.remove[1]
  elseif copy.nudge and not conversation.nudged then
    return words.step.delete, copy.nudge
  elseif copy.call and conversation.state ~= words.state.waiting then
    return copy.call_stays and words.step.remove_keyboard or words.step.delete, copy.call
  elseif copy.card and (copy.version or -1) < tonumber(conversation.version or 0) then
    return words.step.edit, copy.card
  end
end

return edits
