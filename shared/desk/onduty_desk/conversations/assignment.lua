-- Offering what waits in groups whose routing is `assigned`: the most urgent and oldest first, to the
-- customer's last operator or the best of those who have room (see `best_first`), and if they decline it, or
-- let the time go by, to the next. Whatever changes who could be asked says so here; the lines are looked at
-- when the call is over, so that a script that frees a place gives it away in the same step.
local availability = require 'availability'
local assignment_rules, capacity, best_operators, conversations, key_lifetimes = require 'conversations'
local group_lines, offers, people_clock = require 'conversations'
local failed = require 'failures'
local integer, isolate = require 'lua'
local cards, edits, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local assignment = {}

local AGAIN_MS = 300000 -- so long after all have declined or missed it they are asked again
local MOST_LOOKED_AT, BROKEN_MS, LATER_MS, SOON_MS = 500, 10000, 10000, 1000

local groups, people -- whose lines are looked at: operator → whether they have just become available
local overwritten -- what a key of a wrong type has said

function assignment.begin()
  groups, people, overwritten = {}, {}, nil
end

-- Something in a group's line can be offered to somebody.
function assignment.serve_later(group)
  groups[group] = true
end

-- An operator may have room for one more; `has_come`: they were not available before.
function assignment.may_take(operator, has_come)
  people[operator] = has_come or people[operator] or false
end

-- When it is looked at again, whatever happens. Not among the timers: an older version would remove it.
local function look_later(id, after_ms)
  redis.call('ZADD', keys.rings_due, integer(people_clock.ms() + after_ms), id)
  key_lifetimes.outlast(keys.rings_due, id)
end

local function tried_of(conversation)
  local tried = {}
  for operator in string.gmatch(conversation.tried or '', '%S+') do
    tried[operator] = true
  end
  return tried
end

local function note_tried(id, conversation, operator)
  conversations.write(id, { tried = conversation.tried and conversation.tried .. ' ' .. operator or operator })
end

-- Who gave it back, or was asked by a colleague and did not take it, is not asked by the desk, too.
function assignment.pass_over(id, conversation, operator)
  if assignment_rules.is_rule_of(conversation.group) then
    local giver = not conversation.tried and conversation.returned_by
    conversations.write(id, { tried = table.concat({ conversation.tried or giver or '', operator }, ' ') })
  end
end

-- Whether everybody who is available has been asked since it waits.
local function are_all_tried(conversation, tried)
  for _, operator in ipairs(availability.of_group(conversation.group)) do
    if not tried[operator] and operators.is_member(operator, conversation.group) then
      return false
    end
  end
  return true
end

local function ask(id, conversation, operator)
  local within_ms = 1000 * assignment_rules.accept_within(conversation)
  note_tried(id, conversation, operator)
  offers.make(id, { id = operator, name = operators.name_of(operator) }, { id = '', name = '' }, nil, within_ms)
  look_later(id, within_ms + LATER_MS) -- an older version may end the offer without a word
  conversations.clear(id, 'ring', 'ring_except') -- the offer is the ring
  cards.offer_what_waits(id, conversation)
  cards.ring_again(id, conversations.read(id), operator)
  edits.request_all(id)
end

-- Whether a candidate may be asked about anything of a group now: they have room, and no offer.
local function has_room(candidate, group)
  local known = candidate.has_room[group]
  if known == nil then
    known = availability.is_available(candidate.id, group)
      and not offers.has_any(candidate.id)
      and not capacity.why_full(candidate.id, { group = group })
    candidate.has_room[group] = known
  end
  return known
end

-- The place of the candidate to be asked, if there is one; and whether any has room at all.
local function choose(conversation, candidates)
  local tried, is_any, first = tried_of(conversation), false, nil
  local last = not tried[conversation.last_owner or ''] and conversation.last_owner
  for place, candidate in ipairs(candidates) do
    if has_room(candidate, conversation.group) then
      is_any = true
      local is_untried = not tried[candidate.id] or candidate.has_come and are_all_tried(conversation, tried)
      if is_untried and candidate.id == last then
        return place, true
      elseif is_untried and not first then
        first = place
      end
      if first and not last then
        break
      end
    end
  end
  return first, is_any
end

-- Whoever gave it back, or passed it on into this group, knows of it.
local function who_gave_it(conversation)
  local is_passed = conversation.ring == words.event.conversation_delegated
  return conversation.returned_by or is_passed and conversation.ring_except or nil
end

local FULL = 'full'

-- Offer one conversation of a line to one of the candidates, who is a candidate no more.
local function offer_one(id, candidates, is_one_group)
  local conversation = conversations.read(id)
  if
    not assignment_rules.is(conversation)
    or conversation.pass_to
    or conversation.first_until_ms
    or conversation.answered
  then
    return nil
  elseif not conversation.tried and who_gave_it(conversation) then
    note_tried(id, conversation, who_gave_it(conversation))
    conversation = conversations.read(id)
  end
  local place, is_any = choose(conversation, candidates)
  if place then
    ask(id, conversation, candidates[place].id)
    table.remove(candidates, place)
  elseif not is_any and is_one_group then
    return FULL
  end
end

-- What breaks the offer of one conversation keeps no other waiting: it is tried again, and is on the failed
-- list. A key that somebody has overwritten is raised when all is done, so that it is moved out of the way.
local function put_off(id, reason)
  isolate.call(function()
    local conversation = conversations.read(id)
    if assignment_rules.is_offered(conversation) then
      offers.drop(id, conversation)
    end
  end)
  look_later(id, BROKEN_MS)
  if isolate.is_of_wrong_type(reason) then
    overwritten = reason
  else
    failed.record('moment-' .. id, { kind = 'step', conversation = id, step = 'moment', reason = reason })
  end
end

local function serve(lines, candidates)
  for _, entry in ipairs(group_lines.range(lines, 1, MOST_LOOKED_AT)) do
    if #candidates == 0 then
      break
    end
    local answer = isolate.call(offer_one, entry[1], candidates, #lines == 1)
    if answer == FULL then
      break
    elseif answer then
      put_off(entry[1], answer.err)
    end
  end
end

local function serve_group(group)
  local line = keys.waiting .. group
  if assignment_rules.is_rule_of(group) and redis.call('ZCARD', line) > 0 then
    local candidates = best_operators.best_first(group, {})
    for _, candidate in ipairs(candidates) do
      candidate.has_room, candidate.has_come = {}, people[candidate.id]
    end
    serve({ line }, candidates)
  end
end

local function serve_operator(operator, has_come)
  local lines = {}
  for _, group in ipairs(operators.groups(operator)) do
    if assignment_rules.is_rule_of(group) then
      table.insert(lines, keys.waiting .. group)
    end
  end
  if #lines > 0 and not availability.is_paused(operator) then
    serve(lines, { { id = operator, has_come = has_come, has_room = {} } })
  end
end

-- The first that waits in a group is looked at soon: its line could not be read.
local function look_soon(group)
  local first = redis.call('ZRANGE', keys.waiting .. group, 0, 0)[1]
  if first then
    look_later(first, SOON_MS)
  end
end

-- Whoever may take one more gets the first of all their groups, before a single group's line is looked at.
function assignment.finish()
  for operator, has_come in pairs(people) do
    serve_operator(operator, has_come)
  end
  for group in pairs(groups) do
    local broken = isolate.call(serve_group, group)
    if broken then
      overwritten = broken.err
      look_soon(group)
    end
  end
  if next(groups) or next(people) then
    wake.dispatchers()
  end
  if overwritten then
    error(overwritten, 0)
  end
end

-- A conversation is about to be offered to whom it rings: it is to be asked about, if nobody is asked yet.
function assignment.prepare(id, conversation)
  if not assignment_rules.is(conversation) or conversation.first_until_ms then
    return
  end
  if not redis.call('ZSCORE', keys.rings_due, id) then
    look_later(id, AGAIN_MS)
  end
  assignment.serve_later(conversation.group)
end

-- Whether it waits for somebody who can be asked.
function assignment.waits_in_line(conversation)
  return assignment_rules.is(conversation) and not conversation.pass_to and not conversation.first_until_ms
end

-- An operator has declined an offer of the desk, or `missed` it, or is `gone`: the next is asked. Its card
-- goes from their phone. Returns why.
function assignment.end_offer(id, conversation, why)
  local operator = conversation.pass_to
  offers.drop(id, conversation)
  if why == words.note.missed and operators.is_on_duty(operator) then
    redis.call('HINCRBY', keys.operator .. operator, 'missed', 1)
  elseif why == words.note.declined then
    redis.call('HDEL', keys.operator .. operator, 'missed')
  end
  edits.remove(id, operator)
  edits.request_all(id)
  if assignment_rules.is(conversation) then
    look_later(id, AGAIN_MS)
    assignment.serve_later(conversation.group)
  elseif conversation.state == words.state.waiting then -- the rules have changed
    conversations.write(id, { offered_seq = conversation.from_seq or '0' })
    conversations.let_route(id, conversation)
  end
  assignment.may_take(operator)
  return why
end

-- They are there: what they missed before does not count.
function assignment.note_answer(operator)
  redis.call('HDEL', keys.operator .. operator, 'missed')
end

local MOST_MISSED = 2

-- Whether an operator has missed so many offers in a row that they are taken to be away.
function assignment.seems_away(operator)
  return tonumber(redis.call('HGET', keys.operator .. operator, 'missed') or 0) >= MOST_MISSED
end

-- It has waited in line for long, or its offer should be over. Returns what came of it.
function assignment.look(id, conversation)
  redis.call('ZREM', keys.rings_due, id)
  if conversation.answered or conversation.first_until_ms then
    return 'kept'
  end
  look_later(id, conversation.pass_to and LATER_MS or AGAIN_MS)
  if not conversation.pass_to and conversation.tried and are_all_tried(conversation, tried_of(conversation)) then
    conversations.clear(id, 'tried')
  end
  assignment.serve_later(conversation.group)
  return 'kept'
end

return assignment
