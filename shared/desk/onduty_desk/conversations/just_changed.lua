-- Whether a tap on a card may have been meant for the button that was in its place before: the second of two,
-- or one that was on its way. A change that is being drawn may be seen before it is written down.
local clock = require 'lua'
local nudges = require 'nudges'
local edits, timetable = require 'phones'
local words = require 'model'

local just_changed = {}

-- These change nothing, or ask again.
local HARMLESS = { page = true, menu = true, delegate = true, quick = true }

local function has(buttons, wanted)
  return string.find(' ' .. (buttons or '') .. ' ', ' ' .. wanted .. ' ', 1, true)
end

function just_changed.of_card(rules, conversation, copy, chat, message, verb)
  local is_at_rest = rules.thumb_ms == 0 or copy.card ~= tonumber(message) or not copy.buttons
  if HARMLESS[verb] or is_at_rest or has(copy.was_buttons, verb) then
    return false
  elseif has(copy.buttons, verb) then
    return copy.buttons_ms and clock.is_within(copy.buttons_ms, rules.thumb_ms)
  end
  return edits.next(conversation, copy, chat) == words.step.edit and timetable.has_lease(chat)
end

function just_changed.of_row(rules, chat, message, row)
  return nudges.has_just_moved(chat, message, row, rules.thumb_ms)
end

return just_changed
