-- Take phones that are due, each under a lease, with what their next card should show.
--
-- ARGV: lease token, lease in ms, most phones, most messages a card.
-- Returns { ms until the next phone is due or -1, then for each phone:
--   { chat, conversation, language, asked group, attempt as JSON or '', message ids, their JSONs } }
--
-- A phone whose operator has gone off duty is not sent to: its outbox is withdrawn here, a bounded
-- piece a call. An attempt that a sender began and never settled is handed out again as it was.
local token, lease_ms, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local most_messages = tonumber(ARGV[4])
local now = now_ms()
local ENOUGH_FOR_A_CARD = 65536 -- bytes of JSON; a Telegram message holds 4096 characters

local function forget_if_idle(chat)
  if redis.call('EXISTS', 'onduty:outbox:' .. chat) == 0 then
    redis.call('ZREM', 'onduty:timetable', chat)
    redis.call('DEL', 'onduty:chat:' .. chat)
  end
end

local function next_card(chat)
  local attempt = redis.call('HGET', 'onduty:chat:' .. chat, 'attempt')
  if attempt then
    local decoded = cjson.decode(attempt)
    return decoded.conversation, attempt, decoded.messages
  end
  while true do
    local id = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
    if not id then
      return nil
    end
    local messages = pending(id, chat, most_messages)
    if #messages > 0 then
      return id, '', messages
    end
    tidy_outbox(id, chat)
  end
end

local taken = {}
for _, chat in ipairs(redis.call('ZRANGE', 'onduty:timetable', '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, most)) do
  local language = redis.call('HGET', 'onduty:operator:' .. chat, 'language')
  if not language then
    redis.call('HDEL', 'onduty:chat:' .. chat, 'attempt')
    local id = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
    if id then
      withdraw(id, chat, 50)
    end
    forget_if_idle(chat)
  else
    local id, attempt, messages = next_card(chat)
    if not id then
      forget_if_idle(chat)
    else
      local ids, jsons, size = {}, {}, 0
      for _, message in ipairs(messages) do
        local json = redis.call('GET', 'onduty:message:' .. message) or ''
        size = size + #json
        if #ids > 0 and attempt == '' and size > ENOUGH_FOR_A_CARD then
          break
        end
        table.insert(ids, message)
        table.insert(jsons, json)
      end
      redis.call('HSET', 'onduty:chat:' .. chat, 'lease', token, 'lease_until_ms', ms(now + lease_ms))
      redis.call('ZADD', 'onduty:timetable', ms(now + lease_ms), chat)
      local asked = redis.call('HGET', 'onduty:conversation:' .. id, 'asked_group') or ''
      table.insert(taken, { chat, id, language, asked, attempt, ids, jsons })
    end
  end
end

local soonest = redis.call('ZRANGE', 'onduty:timetable', 0, 0, 'WITHSCORES')
return { soonest[2] and ms(math.max(0, tonumber(soonest[2]) - now)) or '-1', taken }
