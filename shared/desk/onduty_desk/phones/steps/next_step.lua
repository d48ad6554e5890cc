-- What is to be done next at a phone.
local hash, urgency = require 'lua'
local next_nudge = require 'nudges'
local places = require 'phones'
local next_edit, next_send, summary = require 'phones/steps'
local next_topic = require 'topics'
local keys = require 'model'

local next_step = {}

-- The next step at a phone; or nil, and until when what there is is held. What the phone's own tap
-- asked for comes first; edits come last, with a small share.
function next_step.of(rules, chat, token, class, is_on, turn, most_messages, gap)
  local _, drawing = places.first(keys.redraws .. chat)
  local has_asked = drawing and urgency.class_of(drawing) ~= 'edits'
  local nudge_class = is_on and hash.get(keys.chat .. chat, 'nudge_class')
  local step, held, drawing_held, nudge_held, topics_held
  local function about_topics(of_class)
    if not step and next_topic.is_due(chat, of_class) then
      step, topics_held = next_topic.of(rules, chat, token, is_on, most_messages, gap)
    end
  end
  if not is_on or has_asked or drawing and turn % 5 == 4 then
    step, drawing_held = next_edit.next(chat, most_messages)
    if not is_on then
      about_topics('edits')
      about_topics('urgent')
    end
    if step or not is_on then
      return step, math.min(drawing_held or math.huge, topics_held or math.huge)
    end
  end
  about_topics('urgent')
  if not step and nudge_class == 'urgent' then
    step, nudge_held = next_nudge.of(rules, chat)
  end
  step = step or summary.next(chat)
  if not step then
    step, held = next_send.next(rules, chat, most_messages)
  end
  if not step and nudge_class == 'normal' then
    step, nudge_held = next_nudge.of(rules, chat)
  end
  -- A phone that turns out to have only cards to be drawn anew takes its place among those.
  local is_for_edits = class == 'edits' or held or nudge_held or topics_held
  if not step and is_for_edits then
    step, drawing_held = next_edit.next(chat, most_messages)
  end
  if not step and is_for_edits and nudge_class == 'edits' then
    step, nudge_held = next_nudge.of(rules, chat)
  end
  if is_for_edits then
    about_topics('edits')
  end
  return step, math.min(held or math.huge, drawing_held or math.huge, nudge_held or math.huge, topics_held or math.huge)
end

return next_step
