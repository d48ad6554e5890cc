-- What a phone shows that is edited next.
local conversations, transcript = require 'conversations'
local clock, hash, integer, isolate, urgency = require 'lua'
local aside, copies, deliveries, edits, pages, places, timetable = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local next_edit = {}

-- The messages that a follow-up shows, oldest first: those that were sent with the one that was changed.
local AROUND = 20
local function sent_with(id, chat, copy)
  local message = copy.rewrite[1][2]
  local seq, state = transcript.seq_of(id, message), deliveries.state_of(message, chat)
  local found = {}
  local near = seq and transcript.between(id, integer(seq - AROUND), integer(seq + AROUND), 2 * AROUND + 1) or {}
  for i = 1, #near, 2 do
    if deliveries.state_of(near[i], chat) == state then
      table.insert(found, near[i])
    end
  end
  return found
end

-- What is to be drawn of one conversation, or nil.
local function drawing_of(id, chat, most_messages)
  local conversation, copy = conversations.read(id), copies.of(id, chat)
  local what, changed = edits.next(conversation, copy, chat)
  if not what or not conversation.group then
    return nil
  end
  copies.end_look(copy)
  local is_in_group = operators.is_member(chat, conversation.group)
  if not is_in_group then
    copy.view = nil
  end
  local page = what == words.step.edit and pages.of(conversation, copy)
  -- An owner's card shows what it was sent with: what came later is in replies of its own. Out of
  -- the group one sees no words that one has not seen before.
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  local has_texts = what == words.step.edit or what == words.step.shorten
  local upto = what == words.step.edit and is_theirs and not page and copy.own_to or nil
  if has_texts and not upto and not is_in_group then
    local seen = math.max(copy.rung_seq or 0, copy.drawn_seq or 0)
    upto = seen > tonumber(conversation.from_seq or 0) and seen or nil
  end
  local messages
  if page then
    messages = pages.messages(id, page)
  elseif what == words.step.rewrite then
    messages = sent_with(id, chat, copy)
  else
    messages = has_texts and deliveries.newest(id, conversation, copy, most_messages, upto) or {}
  end
  return {
    what = what,
    id = id,
    conversation = conversation,
    copy = copy,
    messages = messages,
    changed = changed,
    upto = upto,
    page = page,
    is_whole = page,
    answers = page and conversation.replied and pages.answers(id, page),
  }
end

-- The next that is to be drawn; or nil, and the moment of the next that is held.
function next_edit.next(chat, most_messages)
  local redraws = keys.redraws .. chat
  local edits_at_ms = tonumber(hash.get(keys.chat .. chat, 'edits_at_ms') or 0)
  while true do
    local id, score = places.first(redraws)
    local at_ms = id and urgency.class_of(score) == 'edits' and math.max(edits_at_ms, timetable.held_until(score)) or 0
    if not id or at_ms > clock.ms() then
      return nil, id and at_ms
    end
    local went_well, found = pcall(drawing_of, id, chat, most_messages)
    if went_well and found then
      return found
    end
    local reason = not went_well and isolate.reason_of(found)
    if reason and isolate.is_of_wrong_type(reason) then
      isolate.note_wrong_type(reason)
      places.move(redraws, urgency.score('edits', clock.ms() + isolate.WRONG_TYPE_PAUSE_MS), id)
    else
      places.remove(redraws, id)
    end
    if reason and not isolate.is_of_wrong_type(reason) then
      aside.step(chat, id, words.step.edit, {}, reason)
    end
  end
end

return next_edit
