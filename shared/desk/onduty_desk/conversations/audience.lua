-- Who is told of a conversation.
local keys = require 'model/keys'

local audience = {}

-- Who is told of a conversation now: its owner, for a while its last one, or the whole group.
function audience.of(conversation)
  if conversation.state == 'claimed' then
    return { conversation.owner }
  end
  if conversation.first_until_ms then
    return { conversation.last_owner }
  end
  return redis.call('ZRANGE', keys.duty .. conversation.group, 0, -1)
end

return audience
