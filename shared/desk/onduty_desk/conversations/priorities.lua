-- How urgent a conversation is: messages raise it, the backend or an operator sets it, and with the first
-- message after a close it begins anew. All lines that it stands in follow at once.
local conversations, decisions = require 'conversations'
local urgency = require 'lua'
local cards, edits, timetable, wake = require 'phones'
local operators = require 'roster'
local words = require 'model'

local priorities = {}

local function is_higher(priority, before)
  return urgency.RANK[priority] < urgency.RANK[before]
end

-- Ring by new cards those who are told of it now, but not who has raised it.
local function ring(id, conversation, by)
  if conversation.state == words.state.claimed then
    if conversation.owner ~= by and operators.is_on_duty(conversation.owner) then
      cards.ring_again(id, conversation, conversation.owner)
    end
  elseif not conversation.first_until_ms then
    local from = conversation.from_seq or '0'
    conversations.write(id, { ring = conversation.priority, ring_except = by or '', offered_seq = from })
    conversations.let_route(id, conversation)
  elseif not conversation.ring and conversation.last_owner ~= by then
    cards.ring_again(id, conversation, conversation.last_owner) -- the others are rung after the time
  end
end

-- A customer's message, which only raises it.
function priorities.hear(id, conversation, priority)
  local before = conversation.priority
  if before and not conversation.calm and not is_higher(priority, before) then
    return
  end
  conversations.write(id, { priority = priority })
  conversations.clear(id, 'calm')
  if conversation.owner and before ~= priority then
    edits.show_owner(id, conversation)
  end
end

-- Set it, for the backend or an operator. Raised, it rings; a fall is only drawn into the cards.
function priorities.set(id, conversation, priority, by)
  local before = conversation.priority or 'normal'
  conversations.clear(id, 'calm')
  if before == priority then
    return
  end
  conversations.write(id, { priority = priority })
  conversation = conversations.read(id)
  if conversation.state == words.state.waiting then
    conversations.wait_for_anyone(id, conversation)
  end
  timetable.reorder(id, conversations.score(conversation))
  if is_higher(priority, before) then
    decisions.note('raised', id, by)
    ring(id, conversation, by)
  elseif conversation.ring == before then
    conversations.clear(id, 'ring', 'ring_except')
  end
  edits.request_all(id, by)
  wake.dispatchers()
end

return priorities
