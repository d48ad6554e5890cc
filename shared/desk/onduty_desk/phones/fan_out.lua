-- How long after acceptance all phones have a card of a customer who began to wait.
local conversations = require 'conversations'
local clock, hash = require 'lua'
local keys, words = require 'model'

local fan_out = {}

-- If no phone waits for a card any more: how many ms after acceptance that is so, once. It is not
-- measured any further when somebody has claimed the conversation before.
function fan_out.end_of(id)
  local conversation = conversations.read(id)
  local since_ms = tonumber(conversation.spreading_ms)
  if not since_ms then
    return nil
  elseif conversation.state ~= words.state.waiting then
    conversations.clear(id, 'spreading_ms')
    return nil
  end
  local is_offered = not conversation.uncarded_ms and conversation.offered_seq == conversation.last_seq
  if not is_offered or not hash.is_empty(keys.cursor .. id) then
    return nil
  end
  conversations.clear(id, 'spreading_ms')
  return math.max(0, clock.ms() - since_ms)
end

return fan_out
