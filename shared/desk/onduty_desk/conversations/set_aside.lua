-- Take a conversation that routing broke on out of what is to be routed, into the failed list, and
-- tell the backend of the messages that nobody got.
--
-- ARGV: conversation, reason.
local events = require 'events'
local failed = require 'failures'
local hash, isolate = require 'lua'
local keys, words = require 'model'

local id, reason = ARGV[1], ARGV[2]
local is_new = failed.record('conversation-' .. id, { kind = 'conversation', conversation = id, reason = reason })
redis.call('ZREM', keys.accepted, id)
-- What routing broke on may break this too: then what can be read is told.
local lost = {}
isolate.call(function()
  local offered = hash.get(keys.conversation .. id, 'offered_seq') or '0'
  lost = redis.call('ZRANGE', keys.messages .. id, '(' .. offered, '+inf', 'BYSCORE')
end)
isolate.call(function()
  for _, entry in ipairs(redis.call('LRANGE', keys.inbox .. id, 0, -1)) do
    local kind, message = unpack(cjson.decode(entry))
    if kind == 'message' then
      table.insert(lost, message)
    end
  end
end)
if is_new then
  isolate.call(function()
    for _, message in ipairs(lost) do
      events.emit(id, words.event.message_undeliverable, { message_id = message, reason = reason })
    end
  end)
end
return 'set aside'
