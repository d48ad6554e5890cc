-- What a settled note changes, and what a settled summary does.
--
-- A note is given up in the end, like a card. Of unknown outcome, it is sent once more.
local conversations = require 'conversations'
local clock, hash = require 'lua'
local copies, edits, outbox, places, unreachable = require 'phones'
local outcomes = require 'phones/steps'
local operators = require 'roster'
local reach = require 'telegram'
local keys, words = require 'model'

local settled_note = {}

-- Whether it is not sent again; counts what failed.
local function is_over(step, copy)
  if step.outcome == words.outcome.not_taken then
    return copies.count_failure(copy)
  elseif step.outcome == words.outcome.unknown then
    local was_unknown = copy.maybe_note == step.view.note
    copy.maybe_note = copy.note
    return was_unknown and not reach.was_away_at(clock.ms())
  end
  return outcomes.is_final(step.outcome)
end

-- What somebody has looked for has come: it is the card now, unless nothing can be done with it. Of a closed
-- conversation the line that the phone kept goes: this says the same, and more.
local function have_found(step, copy, message)
  local view = step.view
  local has_nothing = view.state == words.state.closed and not view.can_reopen
  if has_nothing or not operators.is_on_duty(step.chat) then
    if view.state == words.state.closed then
      copies.remove_all(copy)
    end
    copies.have_told(copy, message, view.state)
    if view.buttons ~= '' then
      copies.strip_later(copy, message)
    end
    return
  end
  copies.have_card(copy, { message })
  copy.version, copy.language = view.version, step.language
  copy.buttons, copy.was_buttons, copy.buttons_ms = view.buttons, nil, nil
end

local function note_copy(step, conversation, copy)
  local view = step.view
  if copy.note == view.note then
    copy.note, copy.maybe_note = nil, nil
    copies.forget_failures(copy)
  end
  local message = tonumber(step.detail) -- given up, or twice of unknown outcome, there is none
  if view.note == words.note.found then
    if message then
      have_found(step, copy, message)
    end
    return
  end
  copy.rung_ms = clock.ms()
  if message and conversation.owner == step.chat then
    copies.have_bubble(copy, message)
  elseif message then
    copies.have_told(copy, message, view.state)
  end
end

function settled_note.settle(step)
  local id, chat = step.id, step.chat
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  local is_final = is_over(step, copy)
  if step.outcome == words.outcome.unreachable then
    copy = unreachable.forget_phone(step, conversation)
  elseif is_final then
    note_copy(step, conversation, copy)
  end
  if conversation.group then
    copies.keep(id, chat, copy)
  end
  if is_final then
    if edits.next(conversation, copy, chat) then
      edits.request(id, chat)
    else
      places.remove(keys.redraws .. chat, id)
    end
    outbox.tidy(id, chat)
  end
  return step.has_lease and 'settled' or 'gone'
end

-- Whether how much waits after an outage is told once more: not taken, three times in all, besides what
-- another outage costs.
local MOST_SUMMARIES = 3
local function is_told_later(key, outcome)
  local summary = hash.get(key, 'summary')
  if outcome ~= words.outcome.not_taken or not summary or reach.is_away() then
    return summary
      and (outcome == words.outcome.not_taken or outcome == words.outcome.later or outcome == words.outcome.again)
  end
  summary = cjson.decode(summary)
  summary.tries = (summary.tries or 0) + 1
  hash.set(key, 'summary', cjson.encode(summary))
  return summary.tries < MOST_SUMMARIES
end

-- It was told, or cannot be: then the first card rings in its place.
function settled_note.settle_summary(step)
  local key = keys.chat .. step.chat
  if step.outcome == words.outcome.unreachable then
    unreachable.forget_phone(step, {})
  elseif is_told_later(key, step.outcome) then
    return step.has_lease and 'settled' or 'gone'
  elseif step.outcome ~= words.outcome.done then
    local first = places.first(keys.outbox .. step.chat)
    if first then
      copies.ring_after_all(first, step.chat)
    end
  end
  hash.remove(key, 'summary')
  return step.has_lease and 'settled' or 'gone'
end

return settled_note
