-- What admins did, the newest first; the oldest go.
local clock = require 'lua'
local keys = require 'model'

local actions = {}
local MOST = 1000

-- Write one down, see `roster/actions.py`. Each is JSON, and so are the names in it: they come from outside.
function actions.note(action)
  action.at_ms = clock.ms()
  redis.call('LPUSH', keys.actions, cjson.encode(action))
  redis.call('LTRIM', keys.actions, 0, MOST - 1)
end

return actions
