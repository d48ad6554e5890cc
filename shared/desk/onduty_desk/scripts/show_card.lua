-- Send a conversation's card to the bottom of a phone, without a ring; the one it has points there.
-- An owner's lease begins anew.
--
-- ARGV: rules, update, operator, conversation.
-- Returns { 'shown', '' }, or why not: 'unknown' (it has expired), 'off_duty', 'other_group',
-- 'is_closed', or 'taken' with the name of its owner. The same update once more returns the same and
-- changes nothing.
rules = cjson.decode(ARGV[1])
local update, operator, id = ARGV[2], ARGV[3], ARGV[4]
local before = decided(update)
if before then
  return before
end
local conversation = conversation_of(id)

local function why_not()
  if not conversation.group then
    return 'unknown', ''
  elseif not is_on_duty(operator) then
    return 'off_duty', ''
  elseif conversation.state == 'closed' then
    return 'is_closed', ''
  elseif conversation.owner == operator then
    return nil
  elseif redis.call('HGET', 'onduty:operator:' .. operator, 'group') ~= conversation.group then
    return 'other_group', ''
  elseif conversation.state == 'claimed' then
    return 'taken', conversation.owner_name
  end
end

local reason, name = why_not()
if reason then
  return decide(update, { reason, name })
end
if conversation.owner == operator then
  renew(id, conversation)
end
local copy = copy_of(id, operator)
if copy.card then
  move_card(copy)
  keep_copy(id, operator, copy)
  redraw_copy(id, operator)
end
show_waiting(id, conversation, operator, true)
wake_dispatchers()
return decide(update, { 'shown', '' })
