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
local keys, words = require 'model'

local settled_edit = {}

local function without(list, message)
  local rest = {}
  for _, known in ipairs(list or {}) do
    if known ~= message then
      table.insert(rest, known)
    end
  end
  return #rest > 0 and rest or nil
end

-- What each step changes in the copy when it is over.
local CHANGE = {}

CHANGE[words.step.remove_keyboard] = function(copy, message)
  copy.strip = without(copy.strip, message)
  if copy.call == message then
    copy.call, copy.call_stays = nil, nil
  end
end

CHANGE[words.step.link_to_newer_card] = function(copy, message)
  copy.moved = copy.moved ~= message and copy.moved or nil
end

-- Telegram lets a bot remove its messages for 48 hours; what is older keeps its words.
CHANGE[words.step.delete] = function(copy, message, step)
  copy.remove = without(copy.remove, message)
  copy.nudge = copy.nudge ~= message and copy.nudge or nil
  copy.call = copy.call ~= message and copy.call or nil
  if step.outcome ~= words.outcome.done then
    copies.strip_later(copy, message)
  end
end

CHANGE[words.step.edit] = function(copy, _, step, conversation)
  local view, chat = step.view, step.chat
  if step.outcome ~= words.outcome.done or copy.card ~= view.card then
    return
  end
  copies.end_look(copy)
  copy.version = copy.view == view.view and view.version or -1 -- a tap has changed the look meanwhile
  if copy.buttons ~= view.buttons then
    copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, copy.buttons, clock.ms()
  end
  copy.drawn_seq = math.max(copy.drawn_seq or 0, view.total or 0)
  local is_closed = view.state == words.state.closed and conversation.state == words.state.closed
  local is_bare = view.is_off and not view.is_owner and conversation.owner ~= chat
  if is_bare and operators.is_on_duty(chat) then
    copy.version = -1 -- back on duty: with the buttons
  elseif is_bare or is_closed and not view.can_reopen then
    copy.card, copy.note = nil, nil
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
  if is_owner and operators.is_on_duty(chat) and not copy.card then
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
    if copy.card == view.message then
      copy.version = -1
    else
      copies.strip_later(copy, view.message)
    end
    edits.request(id, chat)
  elseif is_over then
    CHANGE[step.what](copy, view.message, step, conversation)
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
  if is_over and (is_given_up or not edits.next(conversation, copy)) then
    places.remove(keys.redraws .. chat, id)
  end
  return step.has_lease and 'settled' or 'gone'
end

return settled_edit
