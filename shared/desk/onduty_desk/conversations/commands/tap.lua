-- Decide a tap on a card: one step, so that of many simultaneous taps one wins.
--
-- ARGV: rules, update, operator, name, chat, message, verb (see onduty_desk.conversations.verbs).
-- Returns { result, a name or '' }: claimed, released, released_alone (nobody else is on duty), closed,
-- reopened, renewed, opened, back, confirm; or why nothing came of it: unknown (no card), off_duty,
-- other_group, just_changed (a moment before there was another button in its place), taken (by whom),
-- yours, waiting, is_closed, asked_again (somebody else has it than the one it was about). The same update
-- once more returns the same and changes nothing. Only on_its_way (no card yet, but something is being
-- sent to this phone) is not decided: ask again.
--
-- A tap carries only a verb. What it is about is looked up by the message it was made on; a card
-- that no longer told the truth is drawn anew.
local audience, conversations, ownership, people_clock, rounds = require 'conversations'
local clock, once = require 'lua'
local copies, edits, timetable, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message, verb = unpack(ARGV, 2)
local before = once.decided(update)
if before then
  return before
end
local id = redis.call('GET', keys.card .. chat .. ':' .. message)
local conversation = id and conversations.read(id) or {}
if not conversation.group then
  -- Telegram shows a card before its sender knows of it, let alone has written its place down.
  if timetable.has_lease(chat) then
    return { words.tap.on_its_way, '' }
  end
  return once.decide(update, { words.tap.unknown, '' })
end
local copy = copies.of(id, chat)
local state = conversation.state
local is_owner = state == words.state.claimed and conversation.owner == operator
local is_taken = state == words.state.claimed and not is_owner

local function answer_why_not()
  if state == words.state.closed then
    return words.tap.is_closed, ''
  elseif is_taken then
    return words.tap.taken, conversation.owner_name
  end
  return is_owner and words.tap.yours or words.tap.waiting, ''
end

-- Show who tapped all that was written. A look tells nobody; it ends by Back, or with the first edit
-- after a minute.
local LOOK_MS = 60000
local function look(view, over)
  copy.view, copy.view_until_ms, copy.over, copy.version = view, people_clock.ms() + LOOK_MS, over, -1
  copies.keep(id, chat, copy)
end

-- Each verb: whether it can be done now, and what it does.
local VERBS = {}

function VERBS.claim()
  if state == words.state.waiting then
    ownership.claim(rules, id, conversation, operator, name)
    return words.tap.claimed, ''
  end
end

function VERBS.open()
  if state == words.state.waiting or is_taken then
    look(words.look.open)
    return words.tap.opened, ''
  end
end

function VERBS.back()
  if copy.view then
    copy.view, copy.view_until_ms, copy.over, copy.version = nil, nil, nil, -1
    copies.keep(id, chat, copy)
  end
  return words.tap.back, ''
end

function VERBS.take_over()
  if is_taken then
    look(words.look.confirm, conversation.owner)
    return words.tap.confirm, conversation.owner_name
  end
end

function VERBS.confirm()
  if is_taken and copy.view == words.look.confirm then
    if copy.over ~= conversation.owner then
      VERBS.take_over()
      return words.tap.asked_again, conversation.owner_name
    end
    ownership.claim(rules, id, conversation, operator, name)
    return words.tap.claimed, ''
  end
end

function VERBS.release()
  if is_owner then
    ownership.release(id, conversation, words.reason.released)
    return audience.has_others(conversation, operator) and words.tap.released or words.tap.released_alone, ''
  end
end

function VERBS.close()
  if is_owner then
    ownership.close(id, conversation, operator, name)
    rounds.reopen_with_unseen(rules, id, copy)
    return words.tap.closed, ''
  end
end

function VERBS.keep()
  if is_owner then
    return words.tap.renewed, ''
  end
end

function VERBS.reopen()
  if state == words.state.closed and conversation.closed_by == operator then
    ownership.claim(rules, id, conversation, operator, name)
    return words.tap.reopened, ''
  end
end

local function has(buttons, wanted)
  return string.find(' ' .. (buttons or '') .. ' ', ' ' .. wanted .. ' ', 1, true)
end

-- Whether the tap may have been meant for the button that was in this place before: the second of two,
-- or one that was on its way. A change that is being drawn may be seen before it is written down.
local function has_just_changed()
  if rules.thumb_ms == 0 or copy.card ~= tonumber(message) or not copy.buttons or has(copy.was_buttons, verb) then
    return false
  elseif has(copy.buttons, verb) then
    return copy.buttons_ms and clock.is_within(copy.buttons_ms, rules.thumb_ms)
  end
  return edits.next(conversation, copy) == words.step.edit and timetable.has_lease(chat)
end

local function judge()
  if not VERBS[verb] then
    return words.tap.unknown, ''
  end
  local lets_go = is_owner and (verb == 'release' or verb == 'close')
  if not lets_go and not operators.is_on_duty(operator) then
    return words.tap.off_duty, ''
  elseif not is_owner and not operators.is_member(operator, conversation.group) then
    return words.tap.other_group, ''
  elseif is_owner and not lets_go then
    ownership.renew(rules, id, conversation)
  end
  local result, whose = VERBS[verb]()
  if not result then
    result, whose = answer_why_not()
  end
  return result, whose
end

if has_just_changed() then
  return once.decide(update, { words.tap.just_changed, '' })
end
local result, whose = judge()

-- The button that was tapped may have told what is not so any more.
copy = copies.of(id, chat)
local tapped = tonumber(message)
if copy.card ~= tapped and copy.nudge ~= tapped and copy.call ~= tapped then
  copies.strip_later(copy, tapped)
  copies.keep(id, chat, copy)
end
if edits.next(conversations.read(id), copy) then
  edits.request(id, chat, 'urgent')
  wake.dispatchers()
end
return once.decide(update, { result, whose })
