-- Notes: what is sent to a phone in a reply to its card.
local copies = require 'phones/copies'
local timetable = require 'phones/timetable'
local keys = require 'model/keys'

local notes = {}

-- Have something sent to a phone in a reply to its card.
function notes.request(id, chat, copy, note, score)
  copy.note, copy.maybe_note = note, nil
  copies.forget_failures(copy)
  copies.keep(id, chat, copy)
  redis.call('ZADD', keys.outbox .. chat, 'LT', score, id)
  timetable.something_new(chat)
end

return notes
