-- A muted conversation is closed, and whoever writes there rings nobody.
local conversations = require 'conversations'
local keys, words = require 'model'

local muted = {}

-- One that is open is muted no more: a version before this one, which runs beside, has reopened it.
function muted.is(conversation)
  return conversation.muted_ms ~= nil and conversation.state == words.state.closed
end

function muted.forget(id)
  conversations.clear(id, 'muted_ms', 'muted_by', 'muted_seq')
  redis.call('ZREM', keys.muted, id)
end

return muted
