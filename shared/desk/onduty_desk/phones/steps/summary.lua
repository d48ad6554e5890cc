-- After an outage: how much waits, told once with a ring.
local audience, conversations = require 'conversations'
local hash, isolate, urgency = require 'lua'
local copies, deliveries, places = require 'phones'
local keys, words = require 'model'

local summary = {}

-- After an outage: how much waits, once, with a ring; what waits comes without one, but for what is
-- urgent. A single customer needs no telling of.
local MOST_CALMED = 1000
function summary.catch_up(chat)
  local outbox = keys.outbox .. chat
  local urgent, calm = 0, {}
  for _, id in ipairs(redis.call('ZRANGE', outbox, 0, MOST_CALMED - 1)) do
    local went_well, conversation = pcall(conversations.read, id)
    -- Nothing that was claimed or closed meanwhile, and no note about what was known.
    if went_well and audience.may_have(conversation, chat) and deliveries.pending(id, chat, 1)[1] then
      if urgency.class_of(conversations.score(conversation)) == 'urgent' then
        urgent = urgent + 1
      else
        table.insert(calm, id)
      end
    end
  end
  local count = urgent + #calm + math.max(0, redis.call('ZCARD', outbox) - MOST_CALMED)
  if count < 2 then
    return
  end
  for _, id in ipairs(calm) do
    isolate.call(function()
      local copy = copies.of(id, chat)
      copy.silent = true
      copies.keep(id, chat, copy)
    end)
  end
  local away = redis.call('HMGET', keys.telegram, 'last_since_ms', 'last_back_ms')
  local told = { count = count, urgent = urgent, away_ms = tonumber(away[2]) - tonumber(away[1]) }
  hash.set(keys.chat .. chat, 'summary', cjson.encode(told))
end

function summary.next(chat)
  local told = hash.get(keys.chat .. chat, 'summary')
  local id = told and places.first(keys.outbox .. chat)
  return id
    and {
      what = words.step.send_summary,
      id = id,
      conversation = {},
      copy = {},
      messages = {},
      summary = cjson.decode(told),
    }
end

return summary
