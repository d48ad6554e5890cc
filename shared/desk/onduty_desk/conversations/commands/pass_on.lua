-- Pass a conversation on, as an operator was asked to say why: their next text, or a button of the question.
--
-- ARGV: update, operator, the message that the button is on or that the text replies to, or '', and
-- the reason, or ''.
-- Returns { 'not_asked' } (the text is for something else), or, the question as JSON after it, { 'offered',
-- to whom }, { 'moved', to which group }, or why nothing came of it: 'off_duty', 'is_closed', 'taken' (by
-- whom), 'other_group', 'asks' (who is asked already), 'unavailable' (whom). Whatever it is, the question
-- is over. The same update once more returns the same and changes nothing.
local availability = require 'availability'
local conversations, passing = require 'conversations'
local once = require 'lua'
local operators = require 'roster'
local keys, words = require 'model'

local update, operator, message = ARGV[1] .. ':pass', ARGV[2], ARGV[3]
local reason = ARGV[4] ~= '' and ARGV[4] or nil
local before = once.decided(update)
if before then
  return before
end
local json = redis.call('GET', keys.pass_asked .. operator)
local question = json and cjson.decode(json)
if not question or message ~= '' and tonumber(message) ~= question.message then
  return { 'not_asked' }
end
redis.call('DEL', keys.pass_asked .. operator)
local id = question.conversation
local conversation = conversations.read(id)

local function why_not()
  local is_owner = conversation.owner == operator
  if not conversation.group or conversation.state == words.state.closed then
    return 'is_closed', ''
  elseif conversation.owner and not is_owner then
    return 'taken', conversation.owner_name
  elseif not is_owner and not operators.is_on_duty(operator) then
    return 'off_duty', ''
  elseif not is_owner and not operators.is_member(operator, conversation.group) then
    return 'other_group', ''
  elseif conversation.pass_to then
    return 'asks', conversation.pass_to_name
  elseif
    question.to and (question.to == operator or not availability.is_available(question.to, conversation.group))
  then
    return 'unavailable', question.name
  end
end

local result, name = why_not()
if not result then
  local by = { id = operator, name = conversation.owner and conversation.owner_name or operators.name_of(operator) }
  if question.to then
    result, name = 'offered', operators.name_of(question.to)
    passing.offer(id, conversation, { id = question.to, name = name }, by, reason)
  else
    result, name = 'moved', question.group
    if question.group ~= conversation.group then
      passing.to_group(id, conversation, question.group, by, reason)
    end
  end
end
return once.decide(update, { result, name, json })
