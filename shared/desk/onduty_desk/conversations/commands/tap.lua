-- Decide a tap on a card: one step, so that of many simultaneous taps one wins.
--
-- ARGV: rules, update, operator, name, chat, message, verb (see onduty_desk.conversations.verbs), on a
-- nudge the number of its row, else '', and for `page` the page and the part of it that are to be shown.
-- Returns { result, a name or '' }: claimed, claimed_paused (by an operator who is paused), released,
-- released_soon (the others are rung after a delay), released_alone (nobody else is on duty), closed,
-- reopened, renewed, opened, back, menu, is_urgent, is_normal, is_low, pass (to whom, is to be asked),
-- note (their next text is one), muted, quick (which reply, is to be asked), declined (whose it stays),
-- declined_offer (it goes to the others), confirm; or why nothing came of it: unknown (no card), off_duty,
-- other_group, just_changed (a moment before there was another button in its place), taken (by whom), yours,
-- waiting, is_closed, asks (who is asked to take it), asked_again (somebody else has it than the one it was
-- about), group_full, limit_full (they have no room; with the number that is reached). The same update once
-- more returns the same and changes nothing. Only on_its_way (no card yet, but something is being sent to
-- this phone) is not decided: ask again.
--
-- A tap carries only a verb: what it is about is looked up by its message. An outdated card is drawn anew.
local availability = require 'availability'
local assignment_rules, assignment, audience, conversations = require 'conversations'
local just_changed, lease, muting = require 'conversations'
local ownership, passing, people_clock, priorities, rounds, waves = require 'conversations'
local clock, once = require 'lua'
local armed_notes = require 'noting'
local nudges = require 'nudges'
local copies, edits, pages, timetable, wake = require 'phones'
local operators = require 'roster'
local topics, using = require 'topics'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message, verb, row = unpack(ARGV, 2)
local before = once.decided(update)
if before then
  return before
end
local is_row = row ~= ''
local function conversation_of_row()
  local listed = redis.call('GET', keys.list .. chat .. ':' .. message)
  return listed and cjson.decode(listed)[tonumber(row)]
end
local id = is_row and conversation_of_row() or not is_row and redis.call('GET', keys.card .. chat .. ':' .. message)
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

-- Show who tapped all that was written, in the menu's place; nobody is told. It ends by Back, or with the first
-- edit after a minute.
local LOOK_MS = 60000
local function look(view, page, part)
  copy.view, copy.view_until_ms, copy.version = view, people_clock.ms() + LOOK_MS, -1
  copy.over, copy.page, copy.part, copy.menu_until_ms = conversation.owner, page, part, nil
  copies.keep(id, chat, copy)
end

-- Take it, if there is room for it.
local function claim(result, accepts)
  local why_full, most = ownership.claim(rules, id, conversation, operator, name, accepts)
  if not why_full and availability.is_paused(operator) then
    result = words.tap.claimed_paused
  end
  return why_full or result, most or ''
end

-- Each verb: whether it can be done now, and what it does.
local VERBS = {}

-- A third value is returned: for how many ms the customer had waited.
function VERBS.claim()
  local kept_for = assignment_rules.kept_for(conversation)
  if kept_for and kept_for ~= operator then
    return words.tap.asks, conversation.pass_to_name
  elseif state == words.state.waiting then
    local result, most = claim(words.tap.claimed)
    local waited_ms = clock.ms() - tonumber(conversation.waiting_since_ms or clock.ms())
    return result, most, most == '' and waited_ms or nil
  end
end

function VERBS.open()
  if state ~= words.state.closed then
    look(words.look.open, pages.count(conversation), 1)
    return words.tap.opened, ''
  end
end

-- Turn to a page; if somebody else has it by now than when it was last looked at, that is said, too.
function VERBS.page()
  if state ~= words.state.closed then
    local has_changed = copy.view and copy.over ~= conversation.owner
    look(words.look.open, math.min(tonumber(ARGV[9]), pages.count(conversation)), tonumber(ARGV[10]))
    if not has_changed then
      return words.tap.opened, ''
    end
  end
end

function VERBS.back()
  if copy.view or copy.menu_until_ms then
    copy.view, copy.view_until_ms, copy.over, copy.version = nil, nil, nil, -1
    copy.menu_until_ms = nil
    copies.keep(id, chat, copy)
  end
  return words.tap.back, ''
end

-- What is done seldom has its buttons behind one, for as long as a look.
function VERBS.menu()
  if is_owner or state == words.state.waiting then
    copy.view, copy.menu_until_ms, copy.version = nil, people_clock.ms() + LOOK_MS, -1
    copies.keep(id, chat, copy)
    return words.tap.menu, ''
  end
end

local MADE = { urgent = words.tap.is_urgent, normal = words.tap.is_normal, low = words.tap.is_low }
for priority, result in pairs(MADE) do
  VERBS['make_' .. priority] = function()
    if is_owner or state == words.state.waiting then
      copy.menu_until_ms, copy.version = nil, -1
      copies.keep(id, chat, copy)
      priorities.set(id, conversation, priority, operator)
      return result, ''
    end
  end
end

function VERBS.delegate()
  if is_owner or state == words.state.waiting then
    copy.menu_until_ms, copy.version = nil, -1
    copies.keep(id, chat, copy)
    return conversation.pass_to and words.tap.asks or words.tap.pass, conversation.pass_to_name or ''
  end
end

function VERBS.mute()
  if is_owner then
    muting.mute(id, conversation, operator, name)
    return words.tap.muted, ''
  end
end

function VERBS.quick()
  return is_owner and words.tap.quick, ''
end

function VERBS.note()
  if is_owner then
    armed_notes.arm(operator, chat, id)
  end
  return is_owner and words.tap.note, ''
end

function VERBS.accept()
  if conversation.pass_to == operator then
    assignment.note_answer(operator)
    if assignment_rules.is_offered(conversation) then
      return VERBS.claim()
    end
    return claim(words.tap.claimed, true)
  end
end

function VERBS.decline()
  if conversation.pass_to == operator and assignment_rules.is_offered(conversation) then
    assignment.end_offer(id, conversation, words.note.declined)
    return words.tap.declined_offer, ''
  elseif conversation.pass_to == operator then
    passing.hand_back(rules, id, conversation, words.note.declined)
    return words.tap.declined, conversation.owner_name or conversation.pass_by_name
  elseif waves.can_be_declined(conversation) then
    waves.decline(id, conversation, operator)
    return words.tap.declined_offer, ''
  end
end

function VERBS.take_back()
  if is_owner and conversation.pass_to then
    passing.hand_back(rules, id, conversation)
    return words.tap.renewed, ''
  end
end

function VERBS.take_over()
  if is_taken then
    look(words.look.confirm)
    return words.tap.confirm, conversation.owner_name
  end
end

function VERBS.confirm()
  if is_taken and copy.view == words.look.confirm and copy.over ~= conversation.owner then
    VERBS.take_over()
    return words.tap.asked_again, conversation.owner_name
  elseif is_taken and copy.view == words.look.confirm then
    return claim(words.tap.claimed)
  end
end

function VERBS.release()
  if is_owner then
    if ownership.release(id, conversation, words.reason.released, rules.release_ms) then
      return words.tap.released_soon, ''
    end
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
  return is_owner and words.tap.renewed, ''
end

function VERBS.reopen()
  if state == words.state.closed and conversation.closed_by == operator then
    return claim(words.tap.reopened)
  end
end

local function has_just_changed()
  if is_row then
    return just_changed.of_row(rules, chat, message, row)
  end
  return just_changed.of_card(rules, conversation, copy, chat, message, verb)
end

local IS_LOOK = { open = true, page = true, menu = true }

local function judge()
  -- Who has it in a topic looks at it there: their card is one line.
  local is_look_at_card = IS_LOOK[verb] and is_owner and not topics.is_context(chat, id, message)
  if not VERBS[verb] then
    return words.tap.unknown, ''
  elseif is_look_at_card and using.thread_of(id, chat) ~= 0 then
    return answer_why_not()
  end
  local lets_go = is_owner and (verb == 'release' or verb == 'close')
  if not lets_go and not operators.is_on_duty(operator) then
    return words.tap.off_duty, ''
  elseif not lets_go and not operators.is_member(operator, conversation.group) then
    return words.tap.other_group, ''
  end
  nudges.see(rules, chat)
  if is_owner and not lets_go then
    lease.renew(rules, id, conversation, verb == 'keep')
    copy = copies.of(id, chat) -- the question, which is over, is in its list of what is removed
  end
  local result, whose, waited_ms = VERBS[verb]()
  if not result then
    result, whose = answer_why_not()
  end
  return result, whose, waited_ms
end

if has_just_changed() then
  return once.decide(update, { words.tap.just_changed, '' })
end
local result, whose, waited_ms = judge()

-- The button that was tapped may have told what is not so any more.
copy = copies.of(id, chat)
local tapped = tonumber(message)
if is_row or conversation.nudged then
  nudges.arrange(chat, true)
end
if not is_row and topics.is_context(chat, id, tapped) then
  topics.redraw(chat, id)
elseif not is_row and copy.card ~= tapped and copy.nudge ~= tapped then
  copies.strip_later(copy, tapped)
  copies.keep(id, chat, copy)
end
if edits.next(conversations.read(id), copy, chat) then
  edits.request(id, chat, 'urgent')
  wake.dispatchers()
end
once.decide(update, { result, whose }) -- without how long they waited: that is counted once
return { result, whose, waited_ms and math.max(0, waited_ms) }
