-- Mute the conversation of a card, or undo that: by its owner, an admin, or from a shell.
--
-- ARGV: rules, update or '', operator, name, chat, the message that shows it ('' and the conversation, from a
-- shell), 'mute' or 'undo', '1' for an admin. Returns { result, the conversation or '' }: muted, undone; or why
-- nothing came of it: unknown, not_theirs, off_duty (an Undo rings others), already (it is muted), not_muted.
-- The same update once more returns the same and changes nothing.
local conversations, muted, muting = require 'conversations'
local once = require 'lua'
local wake = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message, verb, is_admin = unpack(ARGV, 2)
local before = update ~= '' and once.decided(update .. ':mute')
if before then
  return before
end
local id = message == '' and chat or redis.call('GET', keys.card .. chat .. ':' .. message)
local conversation = id and conversations.read(id) or {}

local function judge()
  if not conversation.group then
    return 'unknown'
  elseif verb == 'undo' and not muted.is(conversation) then
    return 'not_muted'
  elseif verb == 'mute' and muted.is(conversation) then
    return 'already'
  end
  local is_theirs = conversation.owner == operator or muted.is(conversation) and conversation.closed_by == operator
  if is_admin ~= '1' and not is_theirs then
    return 'not_theirs'
  elseif is_admin ~= '1' and verb == 'undo' and not operators.is_member(operator, conversation.group) then
    return operators.is_on_duty(operator) and 'not_theirs' or 'off_duty'
  elseif verb == 'undo' then
    muting.undo(rules, id, conversation)
    return 'undone'
  end
  muting.mute(id, conversation, operator, name)
  return 'muted'
end

local result = { judge(), id or '' }
wake.dispatchers()
return update ~= '' and once.decide(update .. ':mute', result) or result
