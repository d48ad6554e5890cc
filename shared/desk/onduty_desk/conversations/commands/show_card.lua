-- Send a conversation's card to the bottom of a phone, without a ring; the one it has points there.
-- An owner's lease begins anew.
--
-- ARGV: rules, update, operator, conversation.
-- Returns { 'shown', '' }, or why not: 'unknown' (it has expired), 'off_duty', 'other_group',
-- 'is_closed', or 'taken' with the name of its owner. The same update once more returns the same and
-- changes nothing.
local conversations, ownership = require 'conversations'
local once = require 'lua'
local cards, copies, edits, wake = require 'phones'
local operators = require 'roster'
local words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, id = ARGV[2], ARGV[3], ARGV[4]
local before = once.decided(update)
if before then
  return before
end
local conversation = conversations.read(id)

local function why_not()
  if not conversation.group then
    return 'unknown', ''
  elseif not operators.is_on_duty(operator) then
    return 'off_duty', ''
  elseif conversation.state == words.state.closed then
    return 'is_closed', ''
  elseif conversation.owner == operator then
    return nil
  elseif not operators.is_member(operator, conversation.group) then
    return 'other_group', ''
  elseif conversation.state == words.state.claimed then
    return 'taken', conversation.owner_name
  end
end

local reason, name = why_not()
if reason then
  return once.decide(update, { reason, name })
end
if conversation.owner == operator then
  ownership.renew(rules, id, conversation)
end
local copy = copies.of(id, operator)
if copy.card then
  copies.move_card(copy)
  copies.keep(id, operator, copy)
  edits.request(id, operator)
end
cards.show_waiting(id, conversation, operator, true)
wake.dispatchers()
return once.decide(update, { 'shown', '' })
