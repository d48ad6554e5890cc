-- What was decided for an update: handled again after a crash, it is answered as the first time.
local keys = require 'model'

local once = {}

-- Kept for as long as Telegram itself would deliver the update again.
function once.decided(update)
  local json = redis.call('GET', keys.decided .. update)
  return json and cjson.decode(json)
end

function once.decide(update, result)
  redis.call('SET', keys.decided .. update, cjson.encode(result), 'EX', 86400)
  return result
end

return once
