-- Stands before every script of the desk: the clock, the order of urgency, and how messages are
-- offered to phones.
--
-- All scripts that share a conversation's fields live beside this file; keys.py says what is what.

local CLASSES = { 'urgent', 'normal', 'low' }
local RANK = { urgent = 0, normal = 1, low = 2 }

-- Redis's clock, so that all processes agree. Only tests set the offset.
local function now_ms()
  local time = redis.call('TIME')
  local offset = redis.call('GET', 'onduty:test:clock-offset-ms')
  return time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(offset or 0)
end

-- A sorted-set score: urgency first, then age.
local function place(priority, since_ms)
  return string.format('%.0f', RANK[priority] * 1e14 + since_ms)
end

local function ms(value)
  return string.format('%.0f', value)
end

-- One entry of several in a call: what goes wrong with it is its own answer, not that of all. What
-- Redis says of its own state is about all of them.
local STATES = { OOM = true, READONLY = true, MISCONF = true, NOREPLICAS = true, LOADING = true }
local function alone(step, ...)
  local went_well, answer = pcall(step, ...)
  if went_well then
    return answer
  end
  local told = type(answer) == 'table' and answer.err or tostring(answer)
  if STATES[string.match(told, '^%-?(%u+)')] then
    error(answer)
  end
  return redis.error_reply(told)
end

-- An update may be handled again after a crash and is then answered as it was the first time:
-- what was decided for it is remembered for as long as Telegram itself would deliver it again.
local function decided(update)
  local json = redis.call('GET', 'onduty:decided:' .. update)
  return json and cjson.decode(json)
end

local function decide(update, result)
  redis.call('SET', 'onduty:decided:' .. update, cjson.encode(result), 'EX', 86400)
  return result
end

-- Let a phone stand on the timetable once: in the class of its most urgent conversation, by when
-- it may be looked at. A phone with nothing to come is forgotten.
local function stand(chat, at)
  local key = 'onduty:chat:' .. chat
  local first = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0, 'WITHSCORES')
  local old = redis.call('HGET', key, 'class')
  local class = first[2] and CLASSES[math.floor(tonumber(first[2]) / 1e14) + 1]
  if old and old ~= class then
    redis.call('ZREM', 'onduty:timetable:' .. old, chat)
  end
  if not class then
    redis.call('DEL', key)
    return
  end
  redis.call('ZADD', 'onduty:timetable:' .. class, ms(at), chat)
  if old ~= class then
    redis.call('HSET', key, 'class', class)
  end
end

-- Something is new for a phone: whoever has its lease, or its next moment, is waited for.
local function something_new(chat)
  local moments = redis.call('HMGET', 'onduty:chat:' .. chat, 'next_at_ms', 'lease_until_ms')
  stand(chat, math.max(tonumber(moments[1] or 0), tonumber(moments[2] or 0)))
end

local function is_open(state)
  return state and (state == 'waiting' or state == 'attempting' or string.sub(state, 1, 4) == 'sent')
end

-- Let a message wait for those of some chats that do not have it, and note what is new for whom.
local MOST_ARGUMENTS = 1000
local function let_wait(deliveries, chats, from, offered, news)
  local to = math.min(from + MOST_ARGUMENTS - 1, #chats)
  local states = redis.call('HMGET', deliveries, unpack(chats, from, to))
  local fresh = {}
  for i, state in ipairs(states) do
    local chat = chats[from + i - 1]
    local is_new = not is_open(state)
    if is_new then
      table.insert(fresh, chat)
      table.insert(fresh, 'waiting')
    end
    -- One that waits already may have lost its place while the conversation was offered anew.
    if is_new or state == 'waiting' then
      news[chat] = news[chat] or offered
    end
  end
  if #fresh > 0 then
    redis.call('HSET', deliveries, unpack(fresh))
  end
end

-- Offer up to `most` deliveries of a conversation's new messages to everybody on duty in its
-- group. Returns what is left, 'done', 'more' (call again) or 'nobody' (it waits), and how many
-- were offered.
local function offer(id, most)
  local conversation, cursors = 'onduty:conversation:' .. id, 'onduty:cursor:' .. id
  local field = redis.call('HMGET', conversation, 'group', 'priority', 'offered_seq', 'last_seq', 'waiting_since_ms')
  local group, priority, offered, last = field[1], field[2], tonumber(field[3]), tonumber(field[4])
  if not group or offered >= last then
    return 'done', 0
  end
  local score = place(priority, tonumber(field[5]))
  local chats = redis.call('ZRANGE', 'onduty:duty:' .. group, 0, -1)
  if #chats == 0 then
    redis.call('ZADD', 'onduty:waiting:' .. group, score, id)
    return 'nobody', 0
  end
  local take = math.max(1, math.floor(most / #chats))
  local messages = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. offered, '+inf', 'BYSCORE', 'LIMIT', 0, take, 'WITHSCORES')
  local retention_s = redis.call('TTL', conversation)
  local news = {} -- chat → the place before the first message that is new for it
  for i = 1, #messages, 2 do
    local deliveries = 'onduty:deliveries:' .. messages[i]
    for from = 1, #chats, MOST_ARGUMENTS do
      let_wait(deliveries, chats, from, offered, news)
    end
    redis.call('EXPIRE', deliveries, retention_s)
    offered = tonumber(messages[i + 1])
  end
  for _, chat in ipairs(chats) do
    local before = news[chat]
    if before then
      redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score, id)
      local cursor = tonumber(redis.call('HGET', cursors, chat))
      if not cursor or cursor > before then
        redis.call('HSET', cursors, chat, before)
      end
      something_new(chat)
    end
  end
  redis.call('EXPIRE', cursors, retention_s)
  if #messages == 0 then
    offered = last -- the messages themselves have expired
  end
  redis.call('HSET', conversation, 'offered_seq', ms(offered))
  redis.call('ZREM', 'onduty:waiting:' .. group, id)
  return offered < last and 'more' or 'done', #messages / 2 * #chats
end

-- The messages of a conversation that a phone still waits for, oldest first, at most `most`.
local function pending(id, chat, most)
  local cursor = redis.call('HGET', 'onduty:cursor:' .. id, chat) or '0'
  local offered = redis.call('HGET', 'onduty:conversation:' .. id, 'offered_seq')
  local found = {}
  while offered and #found < most do
    local messages = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. cursor, offered, 'BYSCORE', 'LIMIT', 0, 50, 'WITHSCORES')
    if #messages == 0 then
      break
    end
    for i = 1, #messages, 2 do
      local state = redis.call('HGET', 'onduty:deliveries:' .. messages[i], chat)
      if (state == 'waiting' or state == 'attempting') and #found < most then
        table.insert(found, messages[i])
      end
    end
    cursor = messages[#messages]
  end
  return found
end

-- Is there anybody else who was, or will be, told of this message?
local function someone_else_has(message, chat)
  local deliveries = redis.call('HGETALL', 'onduty:deliveries:' .. message)
  for i = 1, #deliveries, 2 do
    if deliveries[i] ~= chat and is_open(deliveries[i + 1]) then
      return true
    end
  end
  return false
end

-- Leave a conversation's place in a phone's outbox as what the phone still waits for wants it.
local function tidy_outbox(id, chat)
  local next_message = pending(id, chat, 1)[1]
  if next_message then
    local seq = redis.call('ZSCORE', 'onduty:messages:' .. id, next_message)
    redis.call('HSET', 'onduty:cursor:' .. id, chat, ms(tonumber(seq) - 1))
  else
    redis.call('ZREM', 'onduty:outbox:' .. chat, id)
    redis.call('HDEL', 'onduty:cursor:' .. id, chat)
  end
end

-- Take a conversation out of a phone's outbox, at most `most` messages of it: what only this
-- phone had is offered anew.
local function withdraw(id, chat, most)
  local messages = pending(id, chat, most)
  local first
  for _, message in ipairs(messages) do
    redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'withdrawn')
    if not first and not someone_else_has(message, chat) then
      first = tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, message))
    end
  end
  if first then
    local conversation = 'onduty:conversation:' .. id
    local field = redis.call('HMGET', conversation, 'priority', 'offered_seq', 'waiting_since_ms')
    if tonumber(field[2]) >= first then
      redis.call('HSET', conversation, 'offered_seq', first - 1)
    end
    redis.call('ZADD', 'onduty:accepted', 'LT', place(field[1], tonumber(field[3])), id)
  end
  tidy_outbox(id, chat)
end
