-- Write down what came of a note, an edit or a removal, and when the phone is looked at next.
--
-- ARGV: retention in seconds, then for each: chat, lease token, conversation, what was to be done,
-- outcome, the id of the message that was sent or '', pause in ms, the view as JSON, the oldest
-- message that the card was drawn with or ''.
-- Outcomes: done, gone (there is no such message any more), later (429), again (not counted),
-- failed (counted), given_up, unreachable (all copies of the phone are forgotten).
-- Returns for each 'settled', or 'gone' when the lease was over before.
--
-- An edit whose lease was over may have come after a newer one: the card is drawn once more.
local retention_s = tonumber(ARGV[1])
local MOST_FAILURES = 6
local now = now_ms()

local function without(list, message)
  local rest = {}
  for _, known in ipairs(list or {}) do
    if known ~= message then
      table.insert(rest, known)
    end
  end
  return #rest > 0 and rest or nil
end

-- What the card was sent with and has no more room for is as if it had come without a ring: who
-- claims it gets it in a reply, or has it now.
local function keep_what_was_dropped(id, chat, conversation, copy, oldest)
  local from = tonumber(redis.call('ZSCORE', 'onduty:messages:' .. id, oldest) or 0)
  copy.own_from = copy.own_from and math.max(copy.own_from, tonumber(conversation.from_seq or 0) + 1)
  if not copy.own_from or copy.own_from >= from or copy.own_from > copy.own_to then
    return
  end
  local key = 'onduty:messages:' .. id
  for _, message in ipairs(redis.call('ZRANGE', key, copy.own_from, math.min(copy.own_to, from - 1), 'BYSCORE')) do
    redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'quiet')
  end
  copy.quiet_seq = math.min(copy.quiet_seq or copy.own_from, copy.own_from)
  copy.own_from = from <= copy.own_to and from or nil
  if conversation.state == 'claimed' and conversation.owner == chat then
    copy.silent = true
    no_longer_quiet(id, chat, copy)
    redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score_of(conversation), id)
  end
end

local DONE = {}

function DONE.strip(_, copy, view)
  copy.strip = without(copy.strip, view.message)
  if copy.call == view.message then
    copy.call, copy.call_stays = nil, nil
  end
end

function DONE.remove(_, copy, view)
  copy.nudge = copy.nudge ~= view.message and copy.nudge or nil
  copy.call = copy.call ~= view.message and copy.call or nil
end

function DONE.draw(conversation, copy, view, _, chat)
  if copy.card == view.card then
    copy.version = view.version
    copy.drawn_seq = math.max(copy.drawn_seq or 0, view.total or 0)
    local is_final = view.state == 'closed' and conversation.state == 'closed' and not view.can_reopen
    if is_final or view.is_off and conversation.owner ~= chat then
      copy.card, copy.note = nil, nil
    end
  end
end

function DONE.tell(_, copy, view, sent, chat)
  if copy.note == view.note then
    copy.note = nil
  end
  copy.rung_ms = now
  if view.note == 'nudge' then
    copy.nudge = tonumber(sent)
  elseif view.is_call then
    calls(copy, tonumber(sent))
  end
end

-- The card is not there any more; what was only drawn into it is sent.
local function lose_card(id, chat, copy)
  copy.card, copy.version, copy.own_from = nil, nil, nil
  if copy.quiet_seq then
    no_longer_quiet(id, chat, copy)
    redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score_of(conversation_of(id)), id)
  end
end

-- The phone cannot be reached: nothing is drawn there any more.
local function forget_phone(chat)
  for _, id in ipairs(redis.call('ZRANGE', 'onduty:shown:' .. chat, 0, -1)) do
    redis.call('HDEL', 'onduty:copies:' .. id, chat)
  end
  redis.call('DEL', 'onduty:shown:' .. chat, 'onduty:redraws:' .. chat)
end

local function settle(chat, token, id, what, outcome, sent, pause_ms, view, oldest)
  local key = 'onduty:chat:' .. chat
  local field = redis.call('HMGET', key, 'lease', 'next_at_ms', 'failures')
  local has_lease = field[1] == token
  local conversation, copy = conversation_of(id), copy_of(id, chat)
  local failures = tonumber(field[3] or 0)

  if sent ~= '' then
    redis.call('SET', 'onduty:card:' .. chat .. ':' .. sent, id, 'EX', retention_s)
  end
  local is_over = outcome == 'done' or outcome == 'gone' or outcome == 'given_up' or outcome == 'unreachable'
  if outcome == 'failed' then
    failures = failures + 1
    is_over = failures >= MOST_FAILURES
  elseif outcome == 'later' then
    refuse(chat, now_us(), pause_ms * 1000)
  end
  if outcome == 'unreachable' then
    forget_phone(chat)
    copy = {}
  elseif what == 'draw' and outcome == 'gone' then
    if copy.card == view.card then
      lose_card(id, chat, copy)
    end
  elseif what == 'draw' and not has_lease then
    copy.version = -1
    redraw_copy(id, chat)
  elseif is_over and (what ~= 'draw' or outcome == 'done') then
    DONE[what](conversation, copy, view, sent, chat)
    if oldest ~= '' and copy.card == view.card then
      keep_what_was_dropped(id, chat, conversation, copy, oldest)
    end
  end
  if conversation.group then
    keep_copy(id, chat, copy)
  end
  if is_over then
    redis.call('HDEL', key, 'failures')
    -- Given up, it is drawn again with the next change, or the next tap.
    if not to_be_done(conversation, copy) or outcome == 'given_up' or outcome == 'failed' then
      redis.call('ZREM', 'onduty:redraws:' .. chat, id)
    end
    if what == 'tell' then
      tidy_outbox(id, chat)
    end
  elseif outcome == 'failed' then
    redis.call('HSET', key, 'failures', failures)
  end

  if not has_lease then
    return 'gone'
  end
  redis.call('HDEL', key, 'lease', 'lease_until_ms')
  local next_at = math.max(now + pause_ms, tonumber(field[2] or 0),
    math.ceil(chat_free_at(chat, now_us()) / 1000))
  redis.call('HSET', key, 'next_at_ms', ms(next_at))
  stand(chat, next_at)
  return 'settled'
end

local answers = {}
for i = 2, #ARGV, 9 do
  table.insert(answers, alone(settle, ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4],
    ARGV[i + 5], tonumber(ARGV[i + 6]), cjson.decode(ARGV[i + 7]), ARGV[i + 8]))
end
return answers
