-- The author of a note has edited it, or takes it back.
--
-- ARGV: update, operator, chat, message, 'edit' or 'remove', text, html.
-- Returns no_note (that message is none), off_duty, not_theirs, same, changed or removed. Sent once more, an
-- update returns the same and changes nothing.
local once = require 'lua'
local kept_notes = require 'noting'
local operators = require 'roster'

local update, operator, chat, message, verb, text, html = ARGV[1] .. ':note', unpack(ARGV, 2)
local before = once.decided(update)
if before then
  return before[1]
end
local place = chat .. ':' .. message
local note, id = kept_notes.at(place)
if not note then
  return 'no_note'
end

local function change()
  if note.author ~= operator then
    return 'not_theirs'
  elseif not operators.is_on_duty(operator) then
    return 'off_duty'
  elseif verb == 'remove' then
    kept_notes.remove(id, place)
    return 'removed'
  elseif note.text == text and note.html == html then
    return 'same'
  end
  kept_notes.change(id, place, note, text, html)
  return 'changed'
end

return once.decide(update, { change() })[1]
