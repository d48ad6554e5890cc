-- Notes: what is sent to a phone in a reply to its card.
local conversations = require 'conversations'
local copies, timetable = require 'phones'
local words = require 'model'

local notes = {}

-- Notes for who does not own the conversation.
notes.ARE_FOR_ANYONE = {
  [words.note.taken_over] = true,
  [words.note.found] = true,
  [words.note.declined] = true,
  [words.note.missed] = true,
  [words.note.gone] = true,
  [words.note.too_late] = true,
}

-- Have a note sent, in the place of one that waits. `copy` is the phone's, if it was read.
function notes.request(id, conversation, chat, note, copy)
  copy = copy or copies.of(id, chat)
  copy.note, copy.maybe_note = note, nil
  copies.forget_failures(copy)
  copies.keep(id, chat, copy)
  timetable.line_up(chat, id, conversations.score(conversation))
end

return notes
