-- Ringing in waves: a waiting conversation rings some operators, after a time some more, and so on to all;
-- whoever has been rung may take it.
local availability = require 'availability'
local assignment, best_operators, conversations, deadlines, key_lifetimes = require 'conversations'
local offers, people_clock, operators_rung = require 'conversations'
local integer = require 'lua'
local cards, copies, edits, wake = require 'phones'
local group_rules = require 'roster'
local keys, words = require 'model'

local waves = {}

-- Not among the timers: an older version would remove one that it does not know.
local function look_again(id, group)
  local after_ms = 1000 * group_rules.of(group).next_wave_after
  redis.call('ZADD', keys.rings_due, integer(people_clock.ms() + after_ms), id)
  key_lifetimes.outlast(keys.rings_due, id)
end

-- Whether operators can decline it, because others are rung then.
function waves.can_be_declined(conversation)
  return conversation.state == words.state.waiting
    and conversation.rung ~= nil
    and group_rules.of(conversation.group).routing == 'waves'
end

-- Whether a waiting conversation rings in waves: by the rules of its group, or because it has begun to.
function waves.are_for(conversation)
  return conversation.state == words.state.waiting
    and (conversation.rung ~= nil or group_rules.of(conversation.group).routing == 'waves')
end

-- Who knows of it already, and is not rung by the first wave: who gave it back, or passed it on, and its last
-- owner, whose phone has rung before the others.
local function who_knows(id, conversation)
  local known, last = {}, conversation.last_owner
  if conversation.returned_by then
    table.insert(known, conversation.returned_by)
  elseif conversation.ring == words.event.conversation_delegated then
    table.insert(known, conversation.ring_except)
  elseif last and copies.of(id, last).card and availability.is_available(last, conversation.group) then
    table.insert(known, last)
  end
  return known
end

-- The first wave is rung: who has a card already, as its last owner does, can decline it from now on.
local function show_who_can_decline(id, conversation)
  if not conversation.rung then
    edits.request_all(id)
  end
end

-- Choose whom the next wave rings, and write it down. Returns them, or nil if there is nobody on duty.
local function choose(id, conversation)
  local known = operators_rung.some(conversation) or who_knows(id, conversation)
  local left_out = {}
  for _, operator in ipairs(known) do
    left_out[operator] = true
  end
  local chosen, left = best_operators.next(conversation, group_rules.of(conversation.group).wave_size, left_out)
  if #chosen == 0 and #availability.those_there(conversation.group) == 0 then
    return nil
  elseif left == 0 then
    redis.call('ZREM', keys.rings_due, id)
    operators_rung.add_all(id, conversation)
  else
    if not conversation.rung then
      operators_rung.begin_with(id, known)
    end
    operators_rung.add(id, chosen)
    look_again(id, conversation.group)
  end
  show_who_can_decline(id, conversation)
  return chosen
end

-- Whether of all who were rung nobody may take it any more: they have gone, or declined.
local function are_all_gone(conversation)
  local declined = operators_rung.declined(conversation)
  for _, operator in ipairs(operators_rung.some(conversation) or {}) do
    local may_want = not declined[operator] and operator ~= conversation.returned_by
    if may_want and availability.is_available(operator, conversation.group) then
      return false
    end
  end
  return true
end

-- A conversation is about to be offered to whom it rings: choose the first wave; or the next at once, if
-- all who were rung have gone.
function waves.prepare(id, conversation)
  if not waves.are_for(conversation) or operators_rung.are_all(conversation) then
    return
  elseif not conversation.rung or are_all_gone(conversation) then
    if choose(id, conversation) then
      conversations.write(id, { offered_seq = conversation.from_seq or '0' })
    end
  elseif not redis.call('ZSCORE', keys.rings_due, id) then
    look_again(id, conversation.group) -- the customer had an answer meanwhile
  end
end

-- Ring the next wave. Returns how many are rung: none where the whole group has been, or nobody is there.
local function ring(id, conversation)
  if operators_rung.are_all(conversation) then
    return 0
  end
  local chosen = choose(id, conversation) or {}
  cards.offer_what_waits(id, conversation)
  conversation = conversations.read(id)
  for _, operator in ipairs(chosen) do
    cards.ring_again(id, conversation, operator)
  end
  wake.dispatchers()
  return #chosen
end

-- Whom a colleague asks to take it is not asked any more, and its last owner is not waited for.
local function let_others_take_it(id, conversation)
  if conversation.pass_to then
    offers.drop(id, conversation)
    assignment.may_take(conversation.pass_to)
    edits.request_all(id)
  end
  conversations.clear(id, 'first_until_ms')
  deadlines.stand(id)
end

-- Let the next wave of a waiting conversation be rung now, whatever the routing of its group; an offer ends.
-- Returns how many are rung: none of what has rung the whole group, as all do whose routing is `everyone`.
function waves.ring_next(id, conversation)
  if group_rules.of(conversation.group).routing == 'everyone' and not conversation.rung then
    return 0
  end
  let_others_take_it(id, conversation)
  return ring(id, conversations.read(id))
end

-- Let a waiting conversation ring its whole group, whatever its routing, also those whom it has rung before;
-- an offer ends.
function waves.ring_all(id, conversation)
  let_others_take_it(id, conversation)
  redis.call('ZREM', keys.rings_due, id)
  operators_rung.add_all(id, conversation)
  show_who_can_decline(id, conversation)
  conversations.write(id, { ring = 'all', ring_except = '', offered_seq = conversation.from_seq or '0' })
  conversations.let_route(id, conversation)
  wake.dispatchers()
end

-- An operator does not want what has rung them: the card goes from their phone, and when all have declined,
-- the next wave is rung at once.
function waves.decline(id, conversation, operator)
  operators_rung.decline(id, conversation, operator)
  edits.remove(id, operator)
  conversations.let_route(id, conversation)
  wake.dispatchers()
end

-- The time of a wave is over. Returns what came of it.
function waves.look(id, conversation)
  redis.call('ZREM', keys.rings_due, id)
  if not waves.are_for(conversation) or conversation.answered or conversation.first_until_ms then
    return 'kept'
  elseif group_rules.of(conversation.group).routing == 'everyone' then -- the rules have changed
    operators_rung.add_all(id, conversation)
    edits.request_all(id) -- nobody can decline it any more
    conversations.write(id, { offered_seq = conversation.from_seq or '0' })
    conversations.let_route(id, conversation)
    return 'rung'
  end
  return ring(id, conversation) > 0 and 'rung' or 'kept'
end

return waves
