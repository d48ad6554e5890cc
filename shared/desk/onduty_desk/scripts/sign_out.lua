-- Take an operator off duty. What waits in their outbox is withdrawn by the dispatchers, which
-- look at the phone at once and find nobody on duty. The cards of what they hold keep their buttons;
-- all others lose theirs and are not drawn any more.
--
-- ARGV: operator id, the phrase fingerprint they must have signed in with, or '', the update that asked
-- for it, or '', and why. Whoever did it on purpose ('off') keeps what they hold; of all others it
-- waits again at once, and they are shown nothing more of it. With an update a login under way ends too,
-- and the same update once more returns the same; with a fingerprint the operator is listed as still to
-- be told.
-- Returns the operator's hash as it was, empty if they were not on duty (or with another phrase).
local id, fingerprint, update, why = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local operator = 'onduty:operator:' .. id

-- Only who is on duty can say that they are still answering, or will.
local function ask_no_more(conversation)
  local copy = copy_of(conversation, id)
  if not copy.nudge and not copy.call then
    return
  end
  if copy.nudge then
    remove_later(copy, copy.nudge)
  end
  if copy.call and copy.call_stays then
    strip_later(copy, copy.call)
  elseif copy.call then
    remove_later(copy, copy.call)
  end
  copy.nudge, copy.call, copy.call_stays = nil, nil, nil
  keep_copy(conversation, id, copy)
  redraw_copy(conversation, id)
end

local function strip_cards()
  for _, conversation in ipairs(redis.call('ZRANGE', 'onduty:shown:' .. id, 0, -1)) do
    local fields = redis.call('HMGET', 'onduty:conversation:' .. conversation, 'owner', 'last_owner', 'first_until_ms')
    if fields[2] == id and fields[3] then
      redis.call('ZADD', 'onduty:accepted', 'LT', score_of(conversation_of(conversation)), conversation)
    end
    if fields[1] ~= id then
      strip_copy(conversation, id)
    else
      ask_no_more(conversation)
    end
  end
end

local function let_go_of_all()
  for _, held in ipairs(redis.call('ZRANGE', 'onduty:claims:' .. id, 0, -1)) do
    local conversation = conversation_of(held)
    if conversation.state == 'claimed' and conversation.owner == id then
      release(held, conversation, 'off_duty')
      strip_copy(held, id)
    else
      redis.call('ZREM', 'onduty:claims:' .. id, held)
    end
  end
end

if update ~= '' then
  local before = decided(update)
  if before then
    return before
  end
  redis.call('DEL', 'onduty:login:' .. id)
end
local was = redis.call('HGETALL', operator)
if #was == 0 and why ~= 'off' then
  let_go_of_all() -- since /off they have kept it
elseif #was == 0 or fingerprint ~= '' and redis.call('HGET', operator, 'fingerprint') ~= fingerprint then
  was = {}
else
  redis.call('ZREM', 'onduty:duty:' .. redis.call('HGET', operator, 'group'), id)
  redis.call('ZREM', 'onduty:duty', id)
  if fingerprint ~= '' then
    redis.call('HSET', 'onduty:signed-out', id, redis.call('HGET', operator, 'language'))
  end
  redis.call('DEL', operator)
  remember(id)
  if why ~= 'off' then
    let_go_of_all()
  end
  strip_cards()
  if redis.call('EXISTS', 'onduty:outbox:' .. id) == 1 then
    something_new(id)
  end
  wake_dispatchers()
end
if update ~= '' then
  decide(update, was)
end
return was
