-- Who is told of a conversation now: its owner, for a while its last one, those rung so far, who is asked to
-- take it, or the whole group.
local availability = require 'availability'
local assignment_rules, operators_rung = require 'conversations'
local hash = require 'lua'
local operators = require 'roster'
local keys, words = require 'model'

local audience = {}

-- Read at once which phones are of a conversation's group, in a call that signs nobody in or out.
function audience.read_ahead(id, chats)
  local group = hash.get(keys.conversation .. id, 'group')
  if group then
    operators.read_members_ahead(group, chats)
  end
end

-- Those of some who are available and want it; if nobody does, those who are available.
local function willing(chosen, conversation)
  local declined, found, wanting = operators_rung.declined(conversation), {}, {}
  for _, operator in ipairs(chosen) do
    if availability.is_there(operator, conversation.group) then
      found[#found + 1] = operator
      wanting[#wanting + 1] = not declined[operator] and operator or nil
    end
  end
  return #wanting > 0 and wanting or found
end

-- Who is told before the others while they are not: whoever is asked first, or the last owner.
function audience.first(conversation)
  return conversation.pass_first and conversation.pass_to or conversation.last_owner
end

function audience.of(conversation)
  if conversation.state == words.state.claimed then
    return { conversation.owner }
  end
  if conversation.first_until_ms then
    return { audience.first(conversation) }
  end
  local some = operators_rung.some(conversation)
  if assignment_rules.is(conversation) then
    some = { conversation.pass_to }
  end
  local all = some or availability.those_there(conversation.group)
  return (some or conversation.declined) and willing(all, conversation) or all
end

-- Whether what is under way to a phone may still be sent there; `is_silent` if it comes without a ring,
-- as what a paused operator asks for does.
function audience.may_have(conversation, chat, is_silent)
  if not operators.is_member(chat, conversation.group) then
    return false
  elseif conversation.state == words.state.claimed then
    return conversation.owner == chat or conversation.pass_to == chat
  end
  if conversation.state ~= words.state.waiting then
    return false
  elseif is_silent then
    return true
  elseif assignment_rules.is(conversation) and conversation.pass_to ~= chat and not conversation.first_until_ms then
    return false
  end
  return not availability.is_paused(chat)
end

-- Whether anybody else is told when an operator lets it go.
function audience.has_others(conversation, operator)
  for _, available in ipairs(availability.those_there(conversation.group)) do
    if available ~= operator then
      return true
    end
  end
  return false
end

return audience
