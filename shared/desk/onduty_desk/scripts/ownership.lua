-- Stands before every script of the desk, after the phones: who owns a conversation, and until
-- when. Each change is one step with all that follows from it: its event, its moments, its cards.

local LOOKING_MS = 60000

local function conversation_of(id)
  local flat, conversation = redis.call('HGETALL', 'onduty:conversation:' .. id), {}
  for i = 1, #flat, 2 do
    conversation[flat[i]] = flat[i + 1]
  end
  if conversation.group and not conversation.state then
    conversation.state = 'waiting'
  end
  return conversation
end

local function is_on_duty(operator)
  return operator and redis.call('EXISTS', 'onduty:operator:' .. operator) == 1
end

-- Whether anything of a conversation may be sent to a phone now.
local function may_have(conversation, chat)
  if conversation.state == 'claimed' then
    return conversation.owner == chat
  end
  return conversation.state == 'waiting'
end

local function score_of(conversation)
  return place(conversation.priority or 'normal', tonumber(conversation.waiting_since_ms or 0))
end

-- Let a conversation stand among those that nobody owns.
local function wait_for_anyone(id, conversation)
  local key = 'onduty:waiting:' .. conversation.group
  redis.call('ZADD', key, score_of(conversation), id)
  outlast(key, id)
end

-- Let a conversation stand where its moments, of the clock of people, are looked at, by the soonest.
local MOMENTS = { 'nudge_at_ms', 'return_at_ms', 'looking_until_ms', 'first_until_ms' }
local function set_due(id)
  local soonest
  for _, at in ipairs(redis.call('HMGET', 'onduty:conversation:' .. id, unpack(MOMENTS))) do
    at = at and tonumber(at)
    soonest = at and math.min(soonest or at, at) or soonest
  end
  if soonest then
    redis.call('ZADD', 'onduty:due', ms(soonest), id)
    outlast('onduty:due', id)
  else
    redis.call('ZREM', 'onduty:due', id)
  end
end

-- The owner is at it: the lease begins anew.
local function renew(id, conversation)
  local key = 'onduty:conversation:' .. id
  redis.call('HSET', key, 'nudge_at_ms', ms(people_ms() + rules.nudge_ms))
  if redis.call('HDEL', key, 'nudged', 'return_at_ms') > 0 then
    redraw_copy(id, conversation.owner)
    wake_dispatchers()
  end
  set_due(id)
end

-- The messages of a round with their places, oldest first; of a flood, only the newest: about what
-- fits into two Telegram messages, by the size of their JSON, of which so much is not text.
local FLOOD, MOST_OF_A_FLOOD, MOST_BYTES, NO_TEXT_BYTES = 200, 60, 7000, 300
local function round_of(id, conversation)
  local key, from = 'onduty:messages:' .. id, '(' .. (conversation.from_seq or '0')
  if redis.call('ZCOUNT', key, from, '+inf') <= FLOOD then
    return redis.call('ZRANGE', key, from, '+inf', 'BYSCORE', 'WITHSCORES'), false
  end
  local newest = redis.call('ZRANGE', key, '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, MOST_OF_A_FLOOD, 'WITHSCORES')
  local round, bytes = {}, 0
  for i = 1, #newest, 2 do
    bytes = bytes + math.max(20, redis.call('STRLEN', 'onduty:message:' .. newest[i]) - NO_TEXT_BYTES)
    if i > 1 and bytes > MOST_BYTES then
      break
    end
    table.insert(round, 1, newest[i + 1])
    table.insert(round, 1, newest[i])
  end
  return round, true
end

-- What a phone still waited for of a flood before its newest is only counted, on its card: a bounded
-- piece is marked so.
local MOST_MARKED = 500
local function summarise(id, chat, copy, before)
  copy.own_to = copy.card and before - 1 or nil
  local cursor = redis.call('HGET', 'onduty:cursor:' .. id, chat)
  if not cursor then
    return
  end
  local older = redis.call('ZRANGE', 'onduty:messages:' .. id, '(' .. cursor, '(' .. ms(before), 'BYSCORE',
    'LIMIT', 0, MOST_MARKED)
  for _, message in ipairs(older) do
    if redis.call('HGET', 'onduty:deliveries:' .. message, chat) == 'waiting' then
      redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'summarised')
    end
  end
end

-- Let what a phone has not been shown of this round wait for it: all of it, if there is no card.
-- Silently where a thumb is on the button that asks for it.
local function show(id, conversation, chat, is_silent)
  local copy, first = copy_of(id, chat), nil
  local round, is_flood = round_of(id, conversation)
  local lasts_s = redis.call('TTL', 'onduty:conversation:' .. id)
  for i = 1, #round, 2 do
    local deliveries = 'onduty:deliveries:' .. round[i]
    local state = redis.call('HGET', deliveries, chat)
    local is_there = copy.card and state and string.sub(state, 1, 4) == 'sent'
    if not is_there then
      first = first or tonumber(round[i + 1])
      if state ~= 'waiting' and state ~= 'attempting' then
        redis.call('HSET', deliveries, chat, 'waiting')
        redis.call('EXPIRE', deliveries, lasts_s)
      end
    end
  end
  if first and is_flood then
    summarise(id, chat, copy, first)
  end
  if first then
    local cursors = 'onduty:cursor:' .. id
    redis.call('HSET', cursors, chat, ms(first - 1))
    redis.call('EXPIRE', cursors, lasts_s)
    copy.quiet_seq, copy.silent = nil, is_silent or nil
    keep_copy(id, chat, copy)
    redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score_of(conversation), id)
    something_new(chat)
  end
end

-- What nobody was on duty for can be read from now on; what routing has yet to offer to all stays
-- with routing, which rings a phone with the others.
local function offer_what_waits(id, conversation)
  if not redis.call('ZSCORE', 'onduty:accepted', id) then
    redis.call('HSET', 'onduty:conversation:' .. id, 'offered_seq', conversation.last_seq)
  end
end

-- Show a phone all that waits of a conversation.
local function show_waiting(id, conversation, chat, is_silent)
  offer_what_waits(id, conversation)
  show(id, conversation, chat, is_silent)
end

-- Nobody is waited for or reminded any more.
local function forget_moments(id)
  redis.call('HDEL', 'onduty:conversation:' .. id, 'nudged', 'nudge_at_ms', 'return_at_ms',
    'first_until_ms', 'returned_from', 'returned_by', 'was_with', 'ring', 'ring_except', 'closed_by')
end

-- Of those who are still looking, the last who began is seen; whose minute ends first is due.
local function next_looker(id)
  local key, now, last, soonest = 'onduty:conversation:' .. id, people_ms(), nil, nil
  local copies = redis.call('HGETALL', 'onduty:copies:' .. id)
  for i = 1, #copies, 2 do
    local until_ms = cjson.decode(copies[i + 1]).view_until_ms
    if until_ms and until_ms > now and is_on_duty(copies[i]) then
      soonest = math.min(soonest or until_ms, until_ms)
      if not last or until_ms > last.until_ms then
        last = { chat = copies[i], until_ms = until_ms }
      end
    end
  end
  if last then
    redis.call('HSET', key, 'looker', last.chat, 'looker_name', person(last.chat).name,
      'looking_until_ms', ms(soonest))
  else
    redis.call('HDEL', key, 'looker', 'looker_name', 'looking_until_ms')
  end
  set_due(id)
end

-- Whether a conversation that is let go rings anybody.
local function has_others(group, operator)
  local others = redis.call('ZCARD', 'onduty:duty:' .. group)
  return others > (redis.call('ZSCORE', 'onduty:duty:' .. group, operator) and 1 or 0)
end

-- Give a conversation to an operator, who has asked for it; or, with a note to ring them by, to one
-- it was passed to. Taken over, its owner is told.
local function claim(id, conversation, operator, name, note)
  local key, now = 'onduty:conversation:' .. id, now_ms()
  local previous
  if conversation.state == 'claimed' then
    previous = person(conversation.owner, conversation.owner_name)
    redis.call('ZREM', 'onduty:claims:' .. conversation.owner, id)
  end
  redis.call('ZREM', 'onduty:waiting:' .. conversation.group, id)
  redis.call('ZADD', 'onduty:claims:' .. operator, ms(now), id)
  outlast('onduty:claims:' .. operator, id)
  forget_moments(id)
  redis.call('HSET', key, 'state', 'claimed', 'owner', operator, 'owner_name', name,
    'last_owner', operator, 'last_owner_name', name, 'nudge_at_ms', ms(people_ms() + rules.nudge_ms), 'calm', '1')
  set_due(id)
  emit(id, note and 'conversation.delegated' or 'conversation.claimed',
    { operator = person(operator, name), previous = previous })
  redis.call('HSET', key, 'offered_seq', conversation.last_seq)
  local copy = copy_of(id, operator)
  copy.view, copy.view_until_ms, copy.over, copy.note = nil, nil, nil, note
  copy.passed_by = note and conversation.owner_name
  keep_copy(id, operator, copy)
  if conversation.looker == operator or conversation.state == 'closed' then
    next_looker(id)
  end
  show(id, conversation, operator, not note)
  if note then
    tell(id, operator, copy_of(id, operator), note, score_of(conversation))
  end
  if previous and not note and is_on_duty(conversation.owner) then
    tell(id, conversation.owner, copy_of(id, conversation.owner), 'taken_over', score_of(conversation))
  end
  redraw(id, operator)
end

-- Let a conversation wait again and ring those who can answer; `reason` is the event's.
local function release(id, conversation, reason)
  local key = 'onduty:conversation:' .. id
  local owner, name = conversation.owner, conversation.owner_name
  redis.call('ZREM', 'onduty:claims:' .. owner, id)
  forget_moments(id)
  redis.call('HDEL', key, 'owner', 'owner_name')
  redis.call('HSET', key, 'state', 'waiting', 'returned_from', name, 'returned_by', owner, 'ring', reason,
    'ring_except', owner, 'offered_seq', conversation.from_seq or '0')
  set_due(id)
  wait_for_anyone(id, conversation)
  redis.call('ZADD', 'onduty:accepted', 'LT', score_of(conversation), id)
  emit(id, 'conversation.released', { operator = person(owner, name), reason = reason })
  if reason == 'lease_ended' and is_on_duty(owner) then
    tell(id, owner, copy_of(id, owner), 'lost', score_of(conversation))
  end
  redraw(id, owner)
end

-- Be done with a conversation until the customer writes again. Closed by an operator, or by the
-- backend.
local function close(id, conversation, operator, name)
  local key = 'onduty:conversation:' .. id
  if conversation.state == 'claimed' then
    redis.call('ZREM', 'onduty:claims:' .. conversation.owner, id)
  end
  redis.call('ZREM', 'onduty:waiting:' .. conversation.group, id)
  forget_moments(id)
  redis.call('HDEL', key, 'owner', 'owner_name', 'looker', 'looker_name', 'looking_until_ms')
  redis.call('HSET', key, 'state', 'closed', 'calm', '1', 'offered_seq', conversation.last_seq or '0')
  if operator then
    redis.call('HSET', key, 'closed_by', operator)
  end
  set_due(id)
  emit(id, 'conversation.closed', { operator = operator and person(operator, name) or nil })
  redraw(id, operator)
end

-- An operator reads a conversation without taking it; everybody sees that for a minute.
local function look(id, chat, copy)
  copy.view, copy.view_until_ms, copy.over = 'open', people_ms() + LOOKING_MS, nil
  keep_copy(id, chat, copy)
  next_looker(id)
  redraw(id, chat)
end
