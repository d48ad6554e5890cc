-- An admin sets how urgent a conversation is, whoever answers it, and whether or not they are on duty.
--
-- ARGV: update, which admin does it, as JSON, the conversation, the priority. Returns 'set', or why nothing is
-- changed: 'same', 'is_closed', 'unknown' (it has expired). The same update once more returns the same and
-- changes nothing.
local conversations, priorities = require 'conversations'
local once = require 'lua'
local actions = require 'roster'
local words = require 'model'

local update, admin, id, priority = ARGV[1] .. ':priority', cjson.decode(ARGV[2]), ARGV[3], ARGV[4]
local before = once.decided(update)
if before then
  return before[1]
end

local function set()
  local conversation = conversations.read(id)
  if not conversation.group then
    return 'unknown'
  elseif conversation.state == words.state.closed then
    return 'is_closed'
  elseif (conversation.priority or 'normal') == priority then
    return 'same'
  end
  priorities.set(id, conversation, priority, admin.id)
  actions.note({
    kind = words.action.prioritize,
    admin = admin,
    groups = { conversation.group },
    conversation = id,
    priority = priority,
  })
  return 'set'
end

return once.decide(update, { set() })[1]
