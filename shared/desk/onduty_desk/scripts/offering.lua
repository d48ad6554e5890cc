-- Stands before every script of the desk, after ownership: which messages wait for which phones.

local function is_open(state)
  return state and (state == 'waiting' or state == 'attempting' or state == 'quiet'
    or state == 'summarised' or string.sub(state, 1, 4) == 'sent')
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

-- Who is told of a conversation now: its owner, for a while its last one, or the whole group.
local function audience(conversation)
  if conversation.state == 'claimed' then
    return { conversation.owner }
  end
  if conversation.first_until_ms then
    return { conversation.last_owner }
  end
  return redis.call('ZRANGE', 'onduty:duty:' .. conversation.group, 0, -1)
end

-- The time in which only its last owner was told is over, or they have gone: the others get all of it.
local function offer_to_others(id, conversation)
  local from = conversation.from_seq or '0'
  redis.call('HDEL', 'onduty:conversation:' .. id, 'first_until_ms')
  redis.call('HSET', 'onduty:conversation:' .. id, 'offered_seq', from)
  conversation.first_until_ms, conversation.offered_seq = nil, from
  set_due(id)
end

-- The conversation waits again: ring in a reply to the card, or by a card where there is none.
local function ring_again(id, conversation, chats)
  for _, chat in ipairs(chats) do
    local copy = copy_of(id, chat)
    if chat ~= conversation.ring_except and copy.card then
      tell(id, chat, copy, conversation.ring, score_of(conversation))
    elseif chat ~= conversation.ring_except then
      show(id, conversation, chat)
    end
  end
  redis.call('HDEL', 'onduty:conversation:' .. id, 'ring', 'ring_except')
end

-- Something new came while the first card was to arrive without a ring: now it rings.
local function ring_after_all(id, chat)
  local copy = copy_of(id, chat)
  if copy.silent then
    copy.silent = nil
    redis.call('HSET', 'onduty:copies:' .. id, chat, cjson.encode(copy))
  end
end

-- Offer up to `most` deliveries of a conversation's new messages to those who are told of it.
-- Returns what is left, 'done', 'more' (call again) or 'nobody' (it waits), and how many were
-- offered.
local function offer(id, most)
  local key, cursors = 'onduty:conversation:' .. id, 'onduty:cursor:' .. id
  local conversation = conversation_of(id)
  local until_ms = tonumber(conversation.first_until_ms)
  if until_ms and (until_ms <= people_ms() or not is_on_duty(conversation.last_owner)) then
    offer_to_others(id, conversation)
  end
  local offered, last = tonumber(conversation.offered_seq), tonumber(conversation.last_seq)
  if not offered or offered >= last or conversation.state == 'closed' then
    return 'done', 0
  end
  local chats = audience(conversation)
  if #chats == 0 then
    redis.call('HDEL', key, 'ring', 'ring_except') -- who comes on is shown what waits
    return 'nobody', 0
  end
  local score = score_of(conversation)
  local take = math.max(1, math.floor(most / #chats))
  local messages = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. ms(offered), '+inf', 'BYSCORE',
    'LIMIT', 0, take, 'WITHSCORES')
  local retention_s = redis.call('TTL', key)
  local news = {} -- chat → the place before the first message that is new for it
  for i = 1, #messages, 2 do
    local deliveries = 'onduty:deliveries:' .. messages[i]
    for from = 1, #chats, MOST_ARGUMENTS do
      let_wait(deliveries, chats, from, offered, news)
    end
    redis.call('EXPIRE', deliveries, retention_s)
    offered = tonumber(messages[i + 1])
  end
  local has_copies = redis.call('EXISTS', 'onduty:copies:' .. id) == 1
  local function line_up(chat)
    redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score, id)
    local cursor = tonumber(redis.call('HGET', cursors, chat))
    if not cursor or cursor > news[chat] then
      redis.call('HSET', cursors, chat, news[chat])
    end
    if has_copies then
      ring_after_all(id, chat)
    end
    something_new(chat)
  end
  for _, chat in ipairs(chats) do
    local went_well, raised = pcall(function()
      return news[chat] and line_up(chat)
    end)
    local reason = not went_well and reason_of(raised)
    if reason and is_of_wrong_type(reason) then
      error(raised) -- all of it again, when that key is out of the way
    elseif reason then -- what is known of this phone is broken, and of no other
      record_failure('phone-' .. chat, { kind = 'phone', chat = chat, conversation = id, reason = reason })
    end
  end
  redis.call('EXPIRE', cursors, retention_s)
  if #messages == 0 then
    offered = last -- the messages themselves have expired
  end
  redis.call('HSET', key, 'offered_seq', ms(offered))
  if offered < last then
    return 'more', #messages / 2 * #chats
  end
  if conversation.ring then
    ring_again(id, conversation, chats)
  end
  return 'done', #messages / 2 * #chats
end

local READ_AT_ONCE = 50

-- The messages of a conversation that a phone still waits for, oldest first, at most `most`.
local function pending(id, chat, most)
  local cursor = redis.call('HGET', 'onduty:cursor:' .. id, chat) or '0'
  local offered = redis.call('HGET', 'onduty:conversation:' .. id, 'offered_seq')
  local found = {}
  while offered and #found < most do
    local messages = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. cursor, offered, 'BYSCORE',
      'LIMIT', 0, READ_AT_ONCE, 'WITHSCORES')
    for i = 1, #messages, 2 do
      local state = redis.call('HGET', 'onduty:deliveries:' .. messages[i], chat)
      if (state == 'waiting' or state == 'attempting') and #found < most then
        table.insert(found, messages[i])
      end
    end
    if #messages < 2 * READ_AT_ONCE then
      break
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
    return
  end
  redis.call('HDEL', 'onduty:cursor:' .. id, chat)
  local copy = copy_of(id, chat)
  if copy.silent then
    copy.silent = nil
    keep_copy(id, chat, copy)
  end
  if not copy.note then
    redis.call('ZREM', 'onduty:outbox:' .. chat, id)
  end
end

-- A follow-up that does not ring: the phone's card is drawn anew with it.
local function keep_quiet(id, chat, copy, messages)
  for _, message in ipairs(messages) do
    redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'quiet')
    copy.quiet_seq = copy.quiet_seq or tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, message))
  end
  copy.version = -1 -- its card may have been sent after these came, and without them
  keep_copy(id, chat, copy)
  redraw_copy(id, chat)
end

-- What came without a ring waits now with the rest. Returns the first message of all of it.
local function no_longer_quiet(id, chat, copy)
  local quiet = redis.call('ZRANGE', 'onduty:messages:' .. id, copy.quiet_seq, '+inf', 'BYSCORE')
  for _, message in ipairs(quiet) do
    local deliveries = 'onduty:deliveries:' .. message
    if redis.call('HGET', deliveries, chat) == 'quiet' then
      redis.call('HSET', deliveries, chat, 'waiting')
    end
  end
  local cursor = tonumber(redis.call('HGET', 'onduty:cursor:' .. id, chat) or copy.quiet_seq)
  redis.call('HSET', 'onduty:cursor:' .. id, chat, ms(math.min(cursor, copy.quiet_seq - 1)))
  copy.quiet_seq = nil
  keep_copy(id, chat, copy)
end

-- Take a conversation out of a phone's outbox, at most `most` messages of it: what only this
-- phone had is offered anew; what its owner does not get any more, waits for all.
local function withdraw(id, chat, most)
  local conversation = conversation_of(id)
  local messages = pending(id, chat, most)
  local first
  for _, message in ipairs(messages) do
    redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'withdrawn')
    if not first and not someone_else_has(message, chat) then
      first = tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, message))
    end
  end
  local copy = copy_of(id, chat)
  local knows_nothing = #messages > 0 or copy.note == 'passed'
  copy.silent = nil
  if copy.note ~= 'taken_over' or not is_on_duty(chat) then
    copy.note = nil
  end
  keep_copy(id, chat, copy)
  if knows_nothing and conversation.state == 'claimed' and conversation.owner == chat then
    release(id, conversation, 'off_duty')
  elseif first and conversation.state == 'waiting' then
    if tonumber(conversation.offered_seq) >= first then
      redis.call('HSET', 'onduty:conversation:' .. id, 'offered_seq', ms(first - 1))
    end
    redis.call('ZADD', 'onduty:accepted', 'LT', score_of(conversation), id)
  end
  tidy_outbox(id, chat)
end

-- Nobody knows whether these messages have come: they are marked as possible repeats when they come
-- to this phone again.
local function note_unknown(chat, attempt)
  if not (attempt.in_flight or attempt.unknowns > 0 or attempt.maybe or attempt.part > 0) then
    return
  end
  local id = attempt.conversation
  local copy = copy_of(id, chat)
  for _, message in ipairs(attempt.messages) do
    local seq = tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, message) or 0)
    copy.maybe_seq = math.max(copy.maybe_seq or 0, seq)
  end
  keep_copy(id, chat, copy)
end

-- Let an attempt that must not go on be forgotten.
local function drop_attempt(chat, attempt)
  redis.call('HDEL', 'onduty:chat:' .. chat, 'attempt')
  for _, message in ipairs(attempt.messages) do
    if redis.call('HGET', 'onduty:deliveries:' .. message, chat) == 'attempting' then
      redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'withdrawn')
    end
  end
  note_unknown(chat, attempt)
end

-- And what else waits of its conversation with it.
local function withdraw_attempt(chat, attempt)
  withdraw(attempt.conversation, chat, 50)
  drop_attempt(chat, attempt)
end
