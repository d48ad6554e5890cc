-- What a settled edit changes: a card drawn anew, a message without its buttons, a message deleted.
--
-- A change of what the phone shows is tried until it is done, after a pause that doubles: no button lies
-- for longer than Telegram is away. An edit whose lease was over may have come after a newer one: the
-- card is drawn once more, or loses its buttons if it is the card no more.
local audience, conversations = require 'conversations'
local clock, urgency = require 'lua'
local cards, copies, edits, outbox, places, timetable, unreachable = require 'phones'
local outcomes = require 'phones/steps'
local operators = require 'roster'
local topics = require 'topics'
local keys, words = require 'model'

local settled_edit = {}

local function without(list, messages)
  local rest, gone = {}, {}
  for _, message in ipairs(messages) do
    gone[message] = true
  end
  for _, known in ipairs(list or {}) do
    if not gone[known] then
      table.insert(rest, known)
    end
  end
  return #rest > 0 and rest or nil
end

-- What each step changes in the copy when it is over.
local CHANGE = {}

CHANGE[words.step.remove_keyboard] = function(copy, messages)
  copy.strip = without(copy.strip, messages)
end

CHANGE[words.step.shorten] = function(copy, messages)
  copy.shorten = without(copy.shorten, messages)
end

CHANGE[words.step.rewrite] = function(copy, messages, step)
  copies.rewritten(copy, messages[1], step.view.version)
end

-- What Telegram does not delete any more becomes one line. Of several it is not known which: each is
-- deleted by itself. What was in follow-ups that are gone is drawn into the card of who has it again.
CHANGE[words.step.delete] = function(copy, messages, step, conversation)
  if step.outcome ~= words.outcome.done and #messages > 1 then
    copy.since_ms = nil
    return
  elseif step.outcome ~= words.outcome.done then
    copies.shorten_later(copy, messages[1])
  end
  local bubbles = without(copy.bubbles, messages)
  for _, message in ipairs(messages) do
    copies.rewritten(copy, message, math.huge)
  end
  if copy.card and #(copy.bubbles or {}) > #(bubbles or {}) then
    copy.own_to = math.max(copy.own_to or 0, copy.rung_seq or 0)
    copy.version = conversation.owner == step.chat and -1 or copy.version
  end
  copy.remove, copy.parts = without(copy.remove, messages), without(copy.parts, messages)
  copy.bubbles, copy.strip = bubbles, without(copy.strip, messages)
  for _, field in ipairs({ 'card', 'told', 'nudge' }) do
    copy[field] = copy[field] and without({ copy[field] }, messages) and copy[field] or nil
  end
end

CHANGE[words.step.edit] = function(copy, _, step, conversation)
  local view, chat = step.view, step.chat
  if step.outcome ~= words.outcome.done or copy.card ~= view.card then
    return
  end
  local looked_at = copy.view
  copies.end_look(copy)
  if view.is_off then
    copy.view = nil
  end
  if looked_at and not copy.view then
    topics.redraw(chat, step.id)
  end
  local is_same_page = not copy.view or (copy.part or 0) == view.part and (copy.page or view.page) == view.page
  local is_same_menu = (copy.menu_until_ms ~= nil) == (view.has_menu or false)
  local is_same_look = copy.view == view.view and is_same_page and is_same_menu -- else a tap has changed it meanwhile
  local is_on = operators.is_member(chat, conversation.group) -- they may have come, or gone, while it was on its way
  copy.version = is_same_look and is_on ~= view.is_off and view.version or -1
  if copy.buttons ~= view.buttons then
    copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, copy.buttons, clock.ms()
  end
  copy.drawn_seq = math.max(copy.drawn_seq or 0, view.total or 0)
  local is_bare = view.is_off and not view.is_owner and conversation.owner ~= chat
  if is_bare and not is_on and conversation.state ~= words.state.closed then
    copies.leave_card(copy)
    copy.strip = without(copy.strip, { view.card }) -- it was drawn without buttons
    copy.note = copy.note == words.note.found and copy.note or nil
  end
end

-- The card is not there any more; what was only drawn into it is sent.
local function lose_card(id, chat, copy)
  copy.card, copy.version = nil, nil
  if copy.quiet_seq then
    outbox.no_longer_quiet(id, chat, copy)
    timetable.line_up(chat, id, conversations.score(conversations.read(id)))
  end
end

-- It has failed: the phone's others come first.
local function put_off(id, chat, copy)
  copy.edit_failures = (copy.edit_failures or 0) + 1
  local pause_ms = math.min(1000 * 2 ^ (copy.edit_failures - 1), timetable.LONGEST_EDIT_HOLD_MS)
  places.move(keys.redraws .. chat, urgency.score('edits', clock.ms() + pause_ms), id)
end

-- An owner whose card is gone gets it again.
local function send_to_owner(id, chat, conversation, copy)
  local is_owner = conversation.state == words.state.claimed and audience.may_have(conversation, chat)
  if is_owner and not copy.card then
    cards.show(id, conversation, chat, true)
  end
end

local function change(step, conversation, copy, is_over)
  local id, chat, view, is_edit = step.id, step.chat, step.view, step.what == words.step.edit
  if is_edit and step.outcome == words.outcome.gone then
    if copy.card == view.card then
      lose_card(id, chat, copy)
    end
  elseif is_edit and not step.has_lease then
    if copy.card == view.changed[1] then
      copy.version = -1
    else
      copies.remove_later(copy, view.changed[1])
    end
    edits.request(id, chat)
  elseif is_over then
    CHANGE[step.what](copy, view.changed, step, conversation)
  end
end

function settled_edit.settle(step)
  local id, chat, outcome = step.id, step.chat, step.outcome
  local conversation, copy, is_over = conversations.read(id), copies.of(id, chat), outcomes.is_final(outcome)
  if is_over then
    copy.edit_failures = nil
  elseif step.has_lease and (outcome == words.outcome.not_taken or outcome == words.outcome.unknown) then
    put_off(id, chat, copy)
  end
  if outcome == words.outcome.unreachable then
    copy = unreachable.forget_phone(step, conversation)
  else
    change(step, conversation, copy, is_over)
  end
  if conversation.group then
    copies.keep(id, chat, copy)
  end
  if is_over and step.what == words.step.edit and outcome == words.outcome.gone then
    send_to_owner(id, chat, conversation, copy)
  end
  -- Given up, a card is drawn again with the next change, or the next tap.
  local is_given_up = step.what == words.step.edit and outcome == words.outcome.given_up
  if is_over and (is_given_up or not edits.next(conversation, copy, chat)) then
    places.remove(keys.redraws .. chat, id)
  end
  return step.has_lease and 'settled' or 'gone'
end

return settled_edit
