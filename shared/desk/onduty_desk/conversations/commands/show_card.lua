-- Send a conversation's card to the bottom of a phone, without a ring, in the place of the one it has.
-- An owner's lease begins anew.
--
-- ARGV: rules, update, operator, conversation, '1' if also that of a colleague, or a closed one, as it is
-- now.
-- Returns { 'shown', '' }, or why not: 'unknown' (it has expired), 'off_duty', 'other_group',
-- 'is_closed', or 'taken' with the name of its owner. The same update once more returns the same and
-- changes nothing.
local conversations, lease = require 'conversations'
local once = require 'lua'
local cards, copies, notes, wake = require 'phones'
local operators = require 'roster'
local words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, id, is_any = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
if is_any then
  update = update .. ':found' -- of the same update it may have been decided what kind of text it is
end
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
  elseif conversation.state == words.state.closed and not is_any then
    return 'is_closed', ''
  elseif conversation.owner == operator then
    return nil
  elseif not operators.is_member(operator, conversation.group) then
    return 'other_group', ''
  elseif conversation.state == words.state.claimed and not is_any then
    return 'taken', conversation.owner_name
  end
end

local reason, name = why_not()
if reason then
  return once.decide(update, { reason, name })
end
if conversation.owner == operator and operators.is_member(operator, conversation.group) then
  lease.renew(rules, id, conversation)
end
if conversation.owner ~= operator and conversation.state ~= words.state.waiting then
  local copy = copies.of(id, operator)
  copy.silent, copy.view = true, nil
  notes.request(id, conversation, operator, words.note.found, copy)
  wake.dispatchers()
  return once.decide(update, { 'shown', '' })
end
cards.offer_what_waits(id, conversation)
cards.show_anew(id, conversation, operator, true)
wake.dispatchers()
return once.decide(update, { 'shown', '' })
