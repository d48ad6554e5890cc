-- Stands before every script of the desk, after the rounds: what cannot be done is set aside, alone,
-- into the failed list.

-- Nobody else has this message, and nobody will be offered it.
local function is_lost(id, message, chat)
  local seq = tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, message) or 0)
  local offered = tonumber(redis.call('HGET', 'onduty:conversation:' .. id, 'offered_seq') or 0)
  return seq <= offered and not someone_else_has(message, chat)
end

-- Messages that a phone does not get: told to the backend if nobody has them.
local function give_up_messages(chat, id, messages, attempt, reason)
  record_failure('delivery-' .. chat .. '-' .. attempt,
    { kind = 'delivery', chat = chat, conversation = id, messages = messages, reason = reason })
  for _, message in ipairs(messages) do
    if is_lost(id, message, chat) then
      emit(id, 'message.undeliverable', { message_id = message, reason = reason })
    end
  end
end

-- A step at a phone (see take.lua) that broke. Each part is done as far as it can be: what broke it
-- may be any of these keys.
local function set_aside_at_phone(chat, id, what, messages, reason)
  if what == 'send' and #messages > 0 then
    for _, message in ipairs(messages) do
      alone(redis.call, 'HSET', 'onduty:deliveries:' .. message, chat, 'given up: ' .. reason)
    end
    alone(give_up_messages, chat, id, messages, ms(now_ms()), reason)
  else
    record_failure('step-' .. chat .. '-' .. id,
      { kind = 'step', chat = chat, conversation = id, step = what, reason = reason })
  end
  if what == 'send' then
    alone(redis.call, 'HDEL', 'onduty:chat:' .. chat, 'attempt')
  elseif what == 'catch_up' then
    alone(redis.call, 'HDEL', 'onduty:chat:' .. chat, 'summary')
  elseif what == 'tell' then
    alone(function()
      local copy = copy_of(id, chat)
      copy.note = nil
      keep_copy(id, chat, copy)
    end)
  end
  if what == 'send' or what == 'tell' then
    local tidied = alone(tidy_outbox, id, chat)
    if tidied and tidied.err then
      redis.call('ZREM', 'onduty:outbox:' .. chat, id)
    end
  else
    redis.call('ZREM', 'onduty:redraws:' .. chat, id)
  end
end

-- A phone whose own keys cannot be used is looked at no more until something new comes for it.
local function set_aside_phone(chat, reason)
  for _, class in ipairs(CLASSES) do
    redis.call('ZREM', 'onduty:timetable:' .. class, chat)
  end
  record_failure('phone-' .. chat, { kind = 'phone', chat = chat, reason = reason })
end
