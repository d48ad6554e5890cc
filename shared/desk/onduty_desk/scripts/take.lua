-- Take phones that are due, each under a lease, with what is to be done there next.
--
-- ARGV: rules, lease token, lease in ms, most phones, most messages a card, gap between sends and
-- gap within a chat in µs.
-- Returns { ms until there is more to take or -1, ms until there is a slot of the shared pace or -1,
--   now in µs, the phones taken, each as
--   { chat, conversation, language, chat id to send to, slot in µs, what to do, attempt as JSON or
--     '', the view as JSON, message ids, their JSONs } }
--
-- What to do: 'send' these messages, 'tell' the note of the view, 'draw' the card with these
-- messages, 'point' from the card before down to it, 'strip' a message of its buttons, 'remove' one.
-- The view (see view.py) is what the phone should show of the conversation now.
--
-- A phone whose operator has gone off duty is not sent to: its outbox is withdrawn here, a bounded
-- piece a call; its cards are still drawn. An attempt that a sender began and never settled is
-- handed out again as it was.
rules = cjson.decode(ARGV[1])
local token, lease_ms, most, most_messages = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local gap, chat_gap = tonumber(ARGV[6]), tonumber(ARGV[7])
local micros = now_us()
local now = math.floor(micros / 1000)
local next_in
local LOOK_AHEAD_US = 120000 -- slots are reserved this far ahead, so that nearly all are used
local ENOUGH_FOR_A_CARD = 65536 -- bytes of JSON; a Telegram message holds 4096 characters

-- Whether what is new rings, or is only drawn into the card that the phone has.
local function rings(conversation, copy)
  return not copy.card or copy.note or conversation.state == 'claimed'
    or now - (copy.rung_ms or 0) >= rules.ring_ms
    or tonumber(conversation.urgent_seq or 0) > (copy.rung_seq or 0)
end

-- The newest messages up to one, those of this round or, for who has opened it, of all.
local function newest(id, conversation, copy, most_here, upto)
  local from = copy.view and '-inf' or '(' .. (conversation.from_seq or '0')
  return redis.call('ZRANGE', 'onduty:messages:' .. id, upto or '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, most_here)
end

local function attempt_of(chat)
  local attempt = redis.call('HGET', 'onduty:chat:' .. chat, 'attempt')
  return attempt and cjson.decode(attempt), attempt
end

local function let_go(id, chat)
  local attempt = attempt_of(chat)
  if attempt and attempt.conversation == id then
    withdraw_attempt(chat, attempt)
  else
    withdraw(id, chat, 50)
  end
end

-- What was to be told is not so any more.
local function is_over(note, conversation, chat)
  return note == 'nudge' and not (conversation.nudged and conversation.owner == chat)
    or note == 'passed' and conversation.owner ~= chat
    or note == 'taken_over' and (conversation.state ~= 'claimed' or conversation.owner == chat)
end

-- Whether an attempt is only about what the customer wrote before the conversation was closed.
local function is_of_a_round_before(attempt, conversation)
  local newest = redis.call('ZSCORE', 'onduty:messages:' .. attempt.conversation, attempt.messages[#attempt.messages])
  return newest and tonumber(newest) <= tonumber(conversation.from_seq or 0)
end

local function next_send(chat)
  local attempt, json = attempt_of(chat)
  if attempt then
    local id = attempt.conversation
    local conversation = conversation_of(id)
    if is_of_a_round_before(attempt, conversation) then
      drop_attempt(chat, attempt)
      tidy_outbox(id, chat)
    elseif may_have(conversation, chat) or not conversation.group then
      return { what = 'send', id = id, conversation = conversation, copy = copy_of(id, chat),
        attempt = json, messages = attempt.messages }
    else
      let_go(id, chat)
    end
  end
  while true do
    local id = redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
    if not id then
      return nil
    end
    local conversation, copy = conversation_of(id), copy_of(id, chat)
    local messages = pending(id, chat, most_messages)
    if is_over(copy.note, conversation, chat) then
      copy.note = nil
      keep_copy(id, chat, copy)
    end
    local is_only_told = copy.note == 'taken_over' and #messages == 0
    if conversation.group and not may_have(conversation, chat) and not is_only_told then
      let_go(id, chat)
    elseif #messages > 0 and rings(conversation, copy) then
      if copy.quiet_seq then
        no_longer_quiet(id, chat, copy)
        messages = pending(id, chat, most_messages)
      end
      return { what = 'send', id = id, conversation = conversation, copy = copy, messages = messages }
    elseif #messages > 0 then
      keep_quiet(id, chat, copy, messages)
      tidy_outbox(id, chat)
    elseif copy.note and conversation.group then
      return { what = 'tell', id = id, conversation = conversation, copy = copy,
        messages = newest(id, conversation, copy, 1) }
    else
      tidy_outbox(id, chat)
    end
  end
end

local function next_drawing(chat)
  local edits_at_ms = tonumber(redis.call('HGET', 'onduty:chat:' .. chat, 'edits_at_ms') or 0)
  while true do
    local id, score = unpack(redis.call('ZRANGE', 'onduty:redraws:' .. chat, 0, 0, 'WITHSCORES'))
    if not id or class_of(score) == 'edits' and edits_at_ms > now then
      return nil -- nothing, or the last one failed
    end
    local conversation, copy = conversation_of(id), copy_of(id, chat)
    local what, message = to_be_done(conversation, copy)
    if what and conversation.group then
      if (copy.view_until_ms or 0) <= now then
        copy.view = nil
      end
      -- An owner's card shows what it was sent with: what came later is in replies of its own.
      local is_theirs = conversation.state == 'claimed' and conversation.owner == chat
      local upto = what == 'draw' and is_theirs and copy.own_to or nil
      local has_texts = what == 'draw' or what == 'point'
      local messages = has_texts and newest(id, conversation, copy, most_messages, upto) or {}
      return { what = what, id = id, conversation = conversation, copy = copy, messages = messages,
        message = message, upto = upto }
    end
    redis.call('ZREM', 'onduty:redraws:' .. chat, id)
  end
end

-- What the phone's own tap asked for comes first; edits come last, with a small share.
local turn = tonumber(redis.call('GET', 'onduty:pace:turn') or 0)
local function next_step(chat, class, is_on)
  local drawing = redis.call('ZRANGE', 'onduty:redraws:' .. chat, 0, 0, 'WITHSCORES')
  local has_asked = drawing[2] and class_of(drawing[2]) ~= 'edits'
  if not is_on or has_asked or drawing[2] and turn % 5 == 4 then
    return next_drawing(chat) or is_on and next_send(chat)
  end
  -- A phone that turns out to have only cards to be drawn anew takes its place among those.
  return next_send(chat) or class == 'edits' and next_drawing(chat)
end

local function view_of(chat, step, is_on)
  local conversation, copy = step.conversation, step.copy
  local is_waiting = conversation.state == 'waiting'
  local from, upto = tonumber(conversation.from_seq or 0), step.upto or tonumber(conversation.last_seq or 0)
  return cjson.encode({
    state = conversation.state, owner_name = conversation.owner_name,
    is_owner = conversation.owner == chat, can_reopen = conversation.closed_by == chat,
    version = tonumber(conversation.version or 0), now_ms = now,
    count = upto - from, total = upto,
    waiting_since_ms = tonumber(conversation.waiting_since_ms or now),
    returned_from = is_waiting and conversation.returned_from or nil,
    was_theirs = is_waiting and conversation.returned_by == chat,
    was_with = is_waiting and conversation.was_with or nil, was_with_them = conversation.last_owner == chat,
    looker_name = conversation.looker ~= chat and conversation.looker_name or nil,
    asked_group = conversation.asked_group, card = copy.card, message = step.message,
    -- A nudge has buttons of its own, so it is no part of another message.
    view = copy.view, is_repeat = step.what == 'tell' and copy.maybe_note == copy.note,
    note = (step.what == 'tell' or copy.note ~= 'nudge') and copy.note or nil,
    is_silent = copy.silent or false,
    passed_by = copy.note == 'passed' and copy.passed_by or nil,
    is_off = not is_on,
  })
end

-- Urgent first, with a share for the others, so that none starves.
local function order()
  if turn % 10 == 9 then
    return { 'low', 'normal', 'urgent', 'edits' }
  elseif turn % 10 == 4 then
    return { 'edits', 'urgent', 'normal', 'low' }
  elseif turn % 5 == 2 then
    return { 'normal', 'urgent', 'low', 'edits' }
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
      return due[class][at[class]], class
    end
  end
end

local function texts_of(messages, is_whole)
  local ids, jsons, size = {}, {}, 0
  for _, message in ipairs(messages) do
    local json = redis.call('GET', 'onduty:message:' .. message) or ''
    size = size + #json
    if #ids > 0 and not is_whole and size > ENOUGH_FOR_A_CARD then
      break
    end
    table.insert(ids, message)
    table.insert(jsons, json)
  end
  return ids, jsons
end

local taken, wait_ms, looked_at = {}, nil, 0
while #taken < most and looked_at < 2 * most do
  local chat, class = next_due()
  if not chat then
    break
  end
  looked_at = looked_at + 1
  local operator = redis.call('HMGET', 'onduty:operator:' .. chat, 'language', 'chat_id')
  local attempt = not operator[1] and attempt_of(chat)
  if attempt then
    withdraw_attempt(chat, attempt)
  end
  local left = not operator[1] and redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
  if left then
    withdraw(left, chat, 50)
    looked_at = looked_at + math.floor(most / 5) -- a long piece of work: ten of them a call
    stand(chat, now)
  else
    local step = next_step(chat, class, operator[1])
    local slot, wait, is_chat
    if step then
      slot, wait, is_chat = reserve(chat, micros, LOOK_AHEAD_US, gap, chat_gap)
    end
    if not step then
      stand(chat, now)
    elseif is_chat then
      stand(chat, now + math.ceil(wait / 1000))
    elseif not slot then
      wait_ms = math.ceil((wait + LOOK_AHEAD_US / 4) / 1000) -- slots are taken several at once
      break
    else
      local ids, jsons = texts_of(step.messages, step.attempt)
      redis.call('HSET', 'onduty:chat:' .. chat, 'lease', token, 'lease_until_ms', ms(now + lease_ms))
      stand(chat, now + lease_ms)
      table.insert(taken, { chat, step.id, operator[1] or step.copy.language or '',
        operator[2] or step.copy.send_to or chat, ms(slot), step.what, step.attempt or '',
        view_of(chat, step, operator[1]), ids, jsons })
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
