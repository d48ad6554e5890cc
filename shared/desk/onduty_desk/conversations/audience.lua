-- Who is told of a conversation now: its owner, for a while its last one, or the whole group.
local keys, words = require 'model'

local audience = {}

function audience.of(conversation)
  if conversation.state == words.state.claimed then
    return { conversation.owner }
  end
  if conversation.first_until_ms then
    return { conversation.last_owner }
  end
  return redis.call('ZRANGE', keys.duty .. conversation.group, 0, -1)
end

-- Whether what is under way to a phone may still be sent there.
function audience.may_have(conversation, chat)
  if conversation.state == words.state.claimed then
    return conversation.owner == chat
  end
  return conversation.state == words.state.waiting
end

-- Whether anybody else is told when an operator lets it go.
function audience.has_others(conversation, operator)
  local others = redis.call('ZCARD', keys.duty .. conversation.group)
  return others > (redis.call('ZSCORE', keys.duty .. conversation.group, operator) and 1 or 0)
end

return audience
