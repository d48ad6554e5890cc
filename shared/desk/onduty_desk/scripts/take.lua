-- Take phones that are due, each under a lease, with what their next card should show.
--
-- ARGV: lease token, lease in ms, most phones, most messages a card, gap between sends and gap
-- within a chat in µs.
-- Returns { ms until there is more to take or -1, ms until there is a slot of the shared pace or -1,
--   now in µs, the phones taken, each as
--   { chat, conversation, language, asked group, slot in µs, attempt as JSON or '',
--     message ids, their JSONs, the chat id to send to } }
--
-- A phone whose operator has gone off duty is not sent to: its outbox is withdrawn here, a bounded
-- piece a call. An attempt that a sender began and never settled is handed out again as it was.
local token, lease_ms, most, most_messages = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local gap, chat_gap = tonumber(ARGV[5]), tonumber(ARGV[6])
local micros = now_us()
local now = math.floor(micros / 1000)
local next_in
local LOOK_AHEAD_US = 120000 -- slots are reserved this far ahead, so that nearly all are used
local ENOUGH_FOR_A_CARD = 65536 -- bytes of JSON; a Telegram message holds 4096 characters

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

-- Urgent first, with a share for the others, so that none starves.
local turn = tonumber(redis.call('GET', 'onduty:pace:turn') or 0)
local function order()
  if turn % 10 == 9 then
    return { 'low', 'normal', 'urgent' }
  elseif turn % 5 == 2 then
    return { 'normal', 'urgent', 'low' }
  end
  return CLASSES
end

-- Not more is read than there are slots for, and some phones that turn out not to be free.
local first_slot = next_slot(micros, LOOK_AHEAD_US, gap)
local slots = first_slot and math.floor((micros + LOOK_AHEAD_US - first_slot) / gap) + 1 or 0
local read = math.min(most, slots + 10)

local due, at = {}, {}
for _, class in ipairs(CLASSES) do
  due[class] = redis.call('ZRANGE', 'onduty:timetable:' .. class, '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, read)
  at[class] = 0
end
local function next_due()
  for _, class in ipairs(order()) do
    if at[class] < #due[class] then
      at[class] = at[class] + 1
      return due[class][at[class]]
    end
  end
end

local taken, wait_ms, looked_at = {}, nil, 0
while #taken < most and looked_at < 2 * most do
  local chat = next_due()
  if not chat then
    break
  end
  looked_at = looked_at + 1
  local operator = redis.call('HMGET', 'onduty:operator:' .. chat, 'language', 'chat_id')
  local language = operator[1]
  if not language then
    redis.call('HDEL', 'onduty:chat:' .. chat, 'attempt')
    local id = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
    if id then
      withdraw(id, chat, 50)
      looked_at = looked_at + math.floor(most / 5) -- a long piece of work: ten of them a call
    end
    stand(chat, now)
  else
    local id, attempt, messages = next_card(chat)
    local slot, wait, is_chat
    if id then
      slot, wait, is_chat = reserve(chat, micros, LOOK_AHEAD_US, gap, chat_gap)
    end
    if not id then
      stand(chat, now)
    elseif is_chat then
      stand(chat, now + math.ceil(wait / 1000))
    elseif not slot then
      wait_ms = math.ceil((wait + LOOK_AHEAD_US / 4) / 1000) -- slots are taken several at once
      break
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
      stand(chat, now + lease_ms)
      local asked = redis.call('HGET', 'onduty:conversation:' .. id, 'asked_group') or ''
      table.insert(taken, { chat, id, language, asked, ms(slot), attempt, ids, jsons,
        operator[2] or chat })
      turn = turn + 1
    end
  end
end

if #taken > 0 then
  redis.call('SET', 'onduty:pace:turn', turn % 10, 'PX', 60000)
end
for _, class in ipairs(CLASSES) do
  local soonest = redis.call('ZRANGE', 'onduty:timetable:' .. class, 0, 0, 'WITHSCORES')
  if soonest[2] then
    local due_in = math.max(wait_ms or 0, tonumber(soonest[2]) - now)
    next_in = math.min(next_in or due_in, due_in)
  end
end
return { next_in and ms(next_in) or '-1', ms(wait_ms or -1), ms(micros), taken }
