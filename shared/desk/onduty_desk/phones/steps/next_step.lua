-- What is to be done next at a phone.
local urgency = require 'lua'
local places = require 'phones'
local next_edit, next_send, summary = require 'phones/steps'
local keys = require 'model'

local next_step = {}

-- The next step at a phone; or nil, and until when what there is is held. What the phone's own tap
-- asked for comes first; edits come last, with a small share.
function next_step.of(rules, chat, class, is_on, turn, most_messages)
  local _, drawing = places.first(keys.redraws .. chat)
  local has_asked = drawing and urgency.class_of(drawing) ~= 'edits'
  local step, held, drawing_held
  if not is_on or has_asked or drawing and turn % 5 == 4 then
    step, drawing_held = next_edit.next(chat, most_messages)
    if step or not is_on then
      return step, drawing_held or math.huge
    end
  end
  step, held = summary.next(chat), nil
  if not step then
    step, held = next_send.next(rules, chat, most_messages)
  end
  -- A phone that turns out to have only cards to be drawn anew takes its place among those.
  if not step and (class == 'edits' or held) then
    step, drawing_held = next_edit.next(chat, most_messages)
  end
  return step, math.min(held or math.huge, drawing_held or math.huge)
end

return next_step
