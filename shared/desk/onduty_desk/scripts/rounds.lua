-- Stands before every script of the desk, after the offering: a closed conversation's next round.

-- What phones still wait for of a round that is over comes no more.
local function let_go_of_the_rest(id)
  for _, chat in ipairs(redis.call('HKEYS', 'onduty:cursor:' .. id)) do
    local messages = pending(id, chat, 1000)
    for _, message in ipairs(messages) do
      if redis.call('HGET', 'onduty:deliveries:' .. message, chat) == 'waiting' then
        redis.call('HSET', 'onduty:deliveries:' .. message, chat, 'withdrawn')
      end
    end
    tidy_outbox(id, chat)
  end
end

-- The customer writes again: a new round begins behind the messages that have been seen, with cards
-- of its own; the buttons of the old ones go. Its last owner is rung before the others.
local function reopen(id, conversation, seen_seq)
  local key, now = 'onduty:conversation:' .. id, now_ms()
  let_go_of_the_rest(id)
  redis.call('HDEL', key, 'closed_by', 'answered')
  redis.call('HSET', key, 'state', 'waiting', 'from_seq', seen_seq, 'offered_seq', seen_seq,
    'waiting_since_ms', ms(now), 'was_with', conversation.last_owner_name or '')
  local last = conversation.last_owner
  if is_on_duty(last) and redis.call('HGET', 'onduty:operator:' .. last, 'group') == conversation.group then
    redis.call('HSET', key, 'first_until_ms', ms(people_ms() + rules.first_ms))
    set_due(id)
  end
  for _, chat in ipairs(redis.call('HKEYS', 'onduty:copies:' .. id)) do
    strip_copy(id, chat)
  end
end

-- Closed by a thumb that was on its way when the customer wrote: what its phone had not shown is the
-- next round.
local function reopen_with_unseen(id, copy)
  local conversation = conversation_of(id)
  local seen = math.max(copy.rung_seq or 0, copy.drawn_seq or 0, tonumber(conversation.from_seq or 0))
  if seen >= tonumber(conversation.last_seq or 0) then
    return
  end
  reopen(id, conversation, ms(seen))
  redis.call('HDEL', 'onduty:conversation:' .. id, 'calm')
  conversation = conversation_of(id)
  wait_for_anyone(id, conversation)
  redis.call('ZADD', 'onduty:accepted', 'LT', score_of(conversation), id)
end
