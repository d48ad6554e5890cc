-- Show an operator, without a ring, the next conversations that wait in their groups, most urgent and
-- oldest first, that their phone has no card of. What the desk offers to one after the other only counts.
--
-- ARGV: update, operator, most (0 only counts), and the one of their groups that is meant, or ''.
-- Returns { how many are shown now, how many more wait unseen, how many wait, how many of these are
-- urgent }, or nothing if the operator is off duty, or not in that group; the same update once more
-- returns the same for the same `most`, and changes nothing.
local assignment_rules, conversations, group_lines, key_lifetimes = require 'conversations'
local once = require 'lua'
local cards, copies, deliveries, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local operator, most, group = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local update = ARGV[1] .. ':backlog:' .. most
local MOST_LOOKED_AT = 2000
local before = once.decided(update)
if before then
  return before
end
local groups = operators.groups(operator)
if group ~= '' then
  groups = operators.is_member(operator, group) and { group } or {}
end
if #groups == 0 then
  return once.decide(update, {})
end
local waiting = group_lines.of(keys.waiting, groups)

-- What has been on its way to this phone since before they went off duty goes on with all that came
-- meanwhile. Returns whether there is any.
local function fill_up(id, conversation)
  local from, has_begun = '(' .. (conversation.from_seq or '0'), false
  local lasts_s = key_lifetimes.lasts_s(id)
  for _, message in ipairs(redis.call('ZRANGE', keys.messages .. id, from, '+inf', 'BYSCORE')) do
    local state = deliveries.state_of(message, operator)
    has_begun = has_begun or state == words.delivery.waiting or state == words.delivery.attempting
    if has_begun and not deliveries.is_open(state) then
      deliveries.wait(message, operator, lasts_s)
    end
  end
  if has_begun then
    cards.offer_what_waits(id, conversation)
  end
  return has_begun
end

local shown, unseen = 0, 0
for _, entry in ipairs(group_lines.range(waiting, 1, MOST_LOOKED_AT)) do
  local id = entry[1]
  local conversation, copy = conversations.read(id), copies.of(id, operator)
  if conversation.state ~= words.state.waiting then
    group_lines.remove(waiting, id) -- it has expired
  elseif redis.call('ZSCORE', keys.outbox .. operator, id) and not assignment_rules.is(conversation) then
    if most > 0 and not fill_up(id, conversation) then
      cards.show_waiting(id, conversation, operator, true)
    end
  elseif not copy.card and not assignment_rules.is(conversation) then
    if shown < most then
      cards.show_waiting(id, conversation, operator, true)
      shown = shown + 1
    else
      unseen = unseen + 1
    end
  end
end
local waits = group_lines.count(waiting)
unseen = unseen + math.max(0, waits - MOST_LOOKED_AT)
if shown > 0 then
  wake.dispatchers()
end
return once.decide(update, { shown, unseen, waits, group_lines.count(waiting, '(1e14') })
