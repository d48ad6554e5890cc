-- What a card has to show of a conversation on a phone, as `phones/view.py` reads it.
local assignment_rules, escalation_progress, muted, waves = require 'conversations'
local clock = require 'lua'
local kept_notes = require 'noting'
local pages = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local card_view = {}

local plain -- by conversation, as they are in this call
local has_answers -- whether operators answer from Telegram, once it was asked
local have_quick_replies -- the same for groups
local has_topics

function card_view.begin()
  plain, has_answers, have_quick_replies, has_topics = {}, nil, {}, false
end

-- Topics are used in this call.
function card_view.let_topics(are_used)
  has_topics = are_used
end

-- The thread of the topic in which a phone has what it owns; 0 if it has it flat.
local function thread_of(conversation, copy, chat)
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  return has_topics and is_theirs and copy.topic or 0
end

local SHOWS_CARD = { [words.step.edit] = true, [words.step.send_context] = true, [words.step.edit_context] = true }

local function is_about(conversation, chat)
  return conversation.owner == chat
    or conversation.last_owner == chat
    or conversation.closed_by == chat
    or conversation.returned_by == chat
    or conversation.pass_to == chat
    or conversation.handed_by_id == chat
end

-- The name of who is asked, for its owner, and for all of what nobody else can take meanwhile.
local function asked_name(conversation, chat)
  local kept_for = assignment_rules.kept_for(conversation)
  local is_told = conversation.owner == chat or kept_for and kept_for ~= chat
  return is_told and conversation.pass_to_name or ''
end

-- Where texts go to customers, a note has a button, so that it cannot.
local function can_note(conversation, chat)
  if conversation.owner ~= chat then
    return false
  elseif has_answers == nil then
    has_answers = redis.call('EXISTS', keys.events_wanted) == 1
  end
  return has_answers
end

-- Whether their group has replies to choose from.
local function has_quick_replies(conversation, chat)
  local group = conversation.group
  if not group or not can_note(conversation, chat) then
    return false
  elseif have_quick_replies[group] == nil then
    have_quick_replies[group] = redis.call('EXISTS', keys.quick_replies .. group) == 1
  end
  return have_quick_replies[group]
end

local function written(chat, step, is_on)
  local group = step.conversation.group
  local is_in_group = not group or operators.is_member(chat, group)
  local left_group = is_on and not is_in_group and group or ''
  is_on = is_on and is_in_group
  local conversation, copy, late = step.conversation, step.copy, step.summary or {}
  local now_ms = clock.ms()
  local is_waiting = conversation.state == words.state.waiting
  local escalated_to, escalated_ms, next_to, next_ms = escalation_progress.shown(conversation)
  local from, upto = tonumber(conversation.from_seq or 0), step.upto or tonumber(conversation.last_seq or 0)
  local is_note = step.what == words.step.send_note
  local thread = thread_of(conversation, copy, chat)
  local is_reply = is_note or conversation.state == words.state.claimed and not copy.anew
  -- Nobody has opened a card that is only coming: what is looked at is the one before.
  local is_found = is_note and copy.note == words.note.found
  local is_new_card = is_found or step.what == words.step.send and not (is_reply and copy.card)
  -- An older version's nudge becomes a step of its own, see next_send.lua.
  local note = (is_note or copy.note ~= words.note.nudge) and copy.note or ''
  local notes, notes_count = kept_notes.shown(step.id, conversation, chat, copy)
  return cjson.encode({
    can_note = can_note(conversation, chat),
    has_quick_replies = has_quick_replies(conversation, chat),
    notes = notes,
    notes_count = notes_count,
    state = conversation.state or words.state.waiting,
    owner_name = conversation.owner_name or '',
    is_owner = conversation.owner == chat,
    priority = conversation.priority or 'normal',
    is_answered = conversation.answered ~= nil,
    can_reopen = conversation.closed_by == chat,
    closed_by = conversation.closed_by and conversation.last_owner_name or '',
    is_off = not is_on,
    left_group = left_group,
    version = tonumber(conversation.version or 0),
    now_ms = now_ms,
    count = upto - from,
    total = upto,
    waiting_since_ms = tonumber(conversation.waiting_since_ms or now_ms),
    returned_from = is_waiting and conversation.returned_from or '',
    was_theirs = is_waiting and conversation.returned_by == chat,
    ring_delay_ms = is_waiting and conversation.returned_by == chat and tonumber(conversation.ring_delay_ms) or 0,
    is_muted = muted.is(conversation),
    muted_by = conversation.muted_by or '',
    closed_for = conversation.closed_for or '',
    is_forgotten = conversation.forgotten ~= nil,
    was_with = is_waiting and conversation.was_with or '',
    was_with_them = conversation.last_owner == chat,
    passed_by = copy.note == words.note.passed and copy.passed_by or '',
    offered_by = conversation.pass_to == chat and conversation.pass_by_name or '',
    can_decline = waves.can_be_declined(conversation),
    is_offered = conversation.pass_to == chat,
    offered_to = asked_name(conversation, chat),
    offered_reason = conversation.pass_to == chat and conversation.pass_reason or '',
    handed_by = conversation.handed_by_id ~= chat and conversation.handed_by or '',
    handed_reason = conversation.handed_by_id ~= chat and conversation.handed_reason or '',
    note_by = copy.note_by or '',
    escalated_to = escalated_to,
    escalated_ms = escalated_ms,
    next_to = next_to,
    next_ms = next_ms,
    asked_group = conversation.asked_group or '',
    card = (step.what ~= words.step.send or is_reply) and copy.card or cjson.null,
    changed = step.changed or {},
    view = not is_new_card and copy.view or '',
    has_menu = SHOWS_CARD[step.what] and copy.menu_until_ms ~= nil or false,
    in_topic = step.what == words.step.edit and thread ~= 0,
    thread = step.what == words.step.send and is_reply and copy.card and thread or 0,
    page = step.page or 0,
    pages = step.page and pages.count(conversation) or 0,
    part = step.page and copy.part or 0,
    answers = step.answers or {},
    has_answers = conversation.replied ~= nil,
    note = note,
    is_repeat = is_note and copy.maybe_note == copy.note,
    is_silent = copy.silent or step.is_soft or false,
    late_count = late.count or 0,
    late_urgent = late.urgent or 0,
    away_ms = late.away_ms or 0,
  })
end

-- As JSON, what a step at a phone is to show. Phones that have nothing of a conversation yet, and nothing to
-- do with it, are shown the same.
function card_view.of(chat, step, is_on)
  if step.what ~= words.step.send or not is_on or next(step.copy) or is_about(step.conversation, chat) then
    return written(chat, step, is_on)
  end
  local conversation = step.conversation
  plain[conversation] = plain[conversation] or written(chat, step, is_on)
  return plain[conversation]
end

return card_view
