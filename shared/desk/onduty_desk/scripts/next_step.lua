-- Stands before take.lua: what is to be done next at a phone.
--
-- A step is { what, id (of the conversation), conversation, copy, messages, … }, see take.lua. What is
-- held after a failure is passed over until its moment has come.

local met = {} -- what keys of a wrong type have said
local PASSED_OVER = 50 -- held conversations that a call looks behind
local LOOKED_AT = 100 -- conversations of one phone, held or not, that a call looks at

-- Whether what is new rings, or is only drawn into the card that the phone has.
local function rings(conversation, copy)
  return not copy.card or copy.note or conversation.state == 'claimed'
    or not is_within(copy.rung_ms or 0, rules.ring_ms)
    or tonumber(conversation.urgent_seq or 0) > (copy.rung_seq or 0)
end

-- The newest messages up to one, those of this round or, for who has opened it, of all.
local function newest(id, conversation, copy, most, upto)
  local from = copy.view and '-inf' or '(' .. (conversation.from_seq or '0')
  return redis.call('ZRANGE', 'onduty:messages:' .. id, upto or '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, most)
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
  local last = redis.call('ZSCORE', 'onduty:messages:' .. attempt.conversation, attempt.messages[#attempt.messages])
  return last and tonumber(last) <= tonumber(conversation.from_seq or 0)
end

-- What one conversation of a phone's outbox wants; or nil and until when it is held, if it is: else
-- it is done with, or has left the outbox.
local function send_of(id, chat, most_messages)
  local conversation, copy = conversation_of(id), copy_of(id, chat)
  if is_held(copy) then
    return nil, copy.hold_ms
  end
  local messages = pending(id, chat, copy.broke and 1 or most_messages)
  if is_over(copy.note, conversation, chat) or not conversation.group then -- or it has expired
    copy.note = nil
    keep_copy(id, chat, copy)
  end
  local is_only_told = copy.note == 'taken_over' and #messages == 0
  if conversation.group and not may_have(conversation, chat) and not is_only_told then
    let_go(id, chat)
  elseif #messages > 0 and rings(conversation, copy) then
    if copy.quiet_seq then
      no_longer_quiet(id, chat, copy)
      messages = pending(id, chat, copy.broke and 1 or most_messages)
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

-- What a sender began and never settled, as it was; nil if it is not so any more.
local function attempt_under_way(chat)
  local attempt, json = attempt_of(chat)
  if not attempt then
    return nil
  end
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

-- The next of a phone's outbox; or nil, and the soonest moment of what is held.
local function next_send(chat, most_messages)
  local went_well, step = pcall(attempt_under_way, chat)
  if went_well and step then
    return step
  elseif not went_well and is_of_wrong_type(reason_of(step)) then
    table.insert(met, reason_of(step))
    return nil, now_ms() + WRONG_TYPE_PAUSE_MS
  elseif not went_well then -- it cannot be read
    redis.call('HDEL', 'onduty:chat:' .. chat, 'attempt')
  end
  local outbox, held, soonest = 'onduty:outbox:' .. chat, 0, nil
  for looks = 1, LOOKED_AT do
    local id = held < PASSED_OVER and redis.call('ZRANGE', outbox, held, held)[1]
    if not id then
      break
    elseif looks == LOOKED_AT then
      return nil, now_ms() -- a long piece of work goes on in the next call
    end
    local went_well, found, hold_ms = pcall(send_of, id, chat, most_messages)
    local reason = not went_well and reason_of(found)
    if reason and is_of_wrong_type(reason) then
      table.insert(met, reason)
      held, soonest = held + 1, math.min(soonest or math.huge, now_ms() + WRONG_TYPE_PAUSE_MS)
    elseif reason then
      set_aside_at_phone(chat, id, 'send', {}, reason)
      redis.call('ZREM', outbox, id)
    elseif found then
      return found
    elseif hold_ms then
      held, soonest = held + 1, math.min(soonest or hold_ms, hold_ms)
    end
  end
  return nil, soonest
end

-- What is to be drawn of one conversation, or nil.
local function drawing_of(id, chat, most_messages)
  local conversation, copy = conversation_of(id), copy_of(id, chat)
  local what, message = to_be_done(conversation, copy)
  if not what or not conversation.group then
    return nil
  end
  if (copy.view_until_ms or 0) <= people_ms() then
    copy.view = nil
  end
  -- An owner's card shows what it was sent with: what came later is in replies of its own. Off duty,
  -- one sees no words that one has not seen before.
  local is_theirs = conversation.state == 'claimed' and conversation.owner == chat
  local has_texts = what == 'draw' or what == 'point'
  local upto = what == 'draw' and is_theirs and copy.own_to or nil
  if has_texts and not upto and not is_on_duty(chat) then
    local seen = math.max(copy.rung_seq or 0, copy.drawn_seq or 0)
    upto = seen > tonumber(conversation.from_seq or 0) and seen or nil
  end
  local messages = has_texts and newest(id, conversation, copy, most_messages, upto) or {}
  return { what = what, id = id, conversation = conversation, copy = copy, messages = messages,
    message = message, upto = upto }
end

-- The next that is to be drawn; or nil, and the moment of the next that is held.
local function next_drawing(chat, most_messages)
  local redraws = 'onduty:redraws:' .. chat
  local edits_at_ms = tonumber(redis.call('HGET', 'onduty:chat:' .. chat, 'edits_at_ms') or 0)
  while true do
    local id, score = unpack(redis.call('ZRANGE', redraws, 0, 0, 'WITHSCORES'))
    local at_ms = id and class_of(score) == 'edits' and math.max(edits_at_ms, held_until(score)) or 0
    if not id or at_ms > now_ms() then
      return nil, id and at_ms
    end
    local went_well, found = pcall(drawing_of, id, chat, most_messages)
    if went_well and found then
      return found
    end
    local reason = not went_well and reason_of(found)
    if reason and is_of_wrong_type(reason) then
      table.insert(met, reason)
      redis.call('ZADD', redraws, place('edits', now_ms() + WRONG_TYPE_PAUSE_MS), id)
    else
      redis.call('ZREM', redraws, id)
    end
    if reason and not is_of_wrong_type(reason) then
      set_aside_at_phone(chat, id, 'draw', {}, reason)
    end
  end
end

-- After an outage: how much waits, once, with a ring; what waits comes without one, but for what is
-- urgent. A single customer needs no telling of.
local MOST_CALMED = 1000
local function catch_up(chat)
  local outbox = 'onduty:outbox:' .. chat
  local urgent, calm = 0, {}
  for _, id in ipairs(redis.call('ZRANGE', outbox, 0, MOST_CALMED - 1)) do
    local went_well, conversation = pcall(conversation_of, id)
    -- Nothing that was claimed or closed meanwhile, and no note about what was known.
    if went_well and may_have(conversation, chat) and pending(id, chat, 1)[1] then
      if class_of(score_of(conversation)) == 'urgent' then
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
    alone(function()
      local copy = copy_of(id, chat)
      copy.silent = true
      keep_copy(id, chat, copy)
    end)
  end
  local away = redis.call('HMGET', TELEGRAM, 'last_since_ms', 'last_back_ms')
  redis.call('HSET', 'onduty:chat:' .. chat, 'summary', cjson.encode({ count = count,
    urgent = urgent, away_ms = tonumber(away[2]) - tonumber(away[1]) }))
end

local function next_summary(chat)
  local summary = redis.call('HGET', 'onduty:chat:' .. chat, 'summary')
  local id = summary and redis.call('ZRANGE', 'onduty:outbox:' .. chat, 0, 0)[1]
  return id and { what = 'catch_up', id = id, conversation = {}, copy = {}, messages = {},
    summary = cjson.decode(summary) }
end

-- The next step at a phone; or nil, and until when what there is is held. What the phone's own tap
-- asked for comes first; edits come last, with a small share.
local function next_step(chat, class, is_on, turn, most_messages)
  local drawing = redis.call('ZRANGE', 'onduty:redraws:' .. chat, 0, 0, 'WITHSCORES')
  local has_asked = drawing[2] and class_of(drawing[2]) ~= 'edits'
  local step, held, drawing_held
  if not is_on or has_asked or drawing[2] and turn % 5 == 4 then
    step, drawing_held = next_drawing(chat, most_messages)
    if step or not is_on then
      return step, drawing_held or math.huge
    end
  end
  step, held = next_summary(chat), nil
  if not step then
    step, held = next_send(chat, most_messages)
  end
  -- A phone that turns out to have only cards to be drawn anew takes its place among those.
  if not step and (class == 'edits' or held) then
    step, drawing_held = next_drawing(chat, most_messages)
  end
  return step, math.min(held or math.huge, drawing_held or math.huge)
end
