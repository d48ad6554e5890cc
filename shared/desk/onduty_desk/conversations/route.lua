-- Route what has been accepted, most urgent and oldest first: of each conversation, move what was
-- accepted out of its inbox, in order, and offer it to everybody on duty in its group. Known
-- groups are the desk's; any other goes to the default.
--
-- ARGV: rules, JSON object of known groups, default group, retention in seconds, most deliveries of
-- one call (it blocks Redis while it runs), how the ids of wake-up jobs begin, RQ's keys of the
-- queues.
-- Returns { '1' if it is to be called again or '0', and for each conversation it saw an array: its id,
-- 'done', 'more' or 'nobody', and the asked-for group if it is unknown and new; or its id and an error }.
local availability = require 'availability'
local amending, best_operators, conversations, escalation_steps = require 'conversations'
local escalation_progress, key_lifetimes, lease = require 'conversations'
local forgetting, muted, name_entries, waiting_messages, ownership, people_clock = require 'conversations'
local priorities, rounds, transcript = require 'conversations'
local history = require 'history'
local clock, hash, integer, isolate, urgency = require 'lua'
local copies, edits, wake = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local known, default_group = cjson.decode(ARGV[2]), ARGV[3]
local retention_s, most, wake_up = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local MOST_CONVERSATIONS = 25
local MOST_JOBS = 500
local MANY = 50
local COST_OF_FORGETTING = 50 -- a piece takes as long as so many deliveries
local COMPARED_A_DELIVERY = 5 -- so many operators are compared in the time of one delivery

-- Who is awake needs no other wake-up: those that wait are taken out of RQ, because each costs its
-- bookkeeping, which is more than the routing itself. A wake-up and what it is for came into Redis
-- in one transaction, so what they are for is seen below; should this process die before it is
-- through, the dispatchers' look each second finds what is left.
local function take_wake_ups(queue)
  local jobs, others = redis.call('LRANGE', queue, 0, MOST_JOBS - 1), {}
  for _, job in ipairs(jobs) do
    if string.sub(job, 1, #wake_up) == wake_up then
      redis.call('DEL', keys.rq_job .. job)
    else
      table.insert(others, job)
    end
  end
  if #others < #jobs then
    redis.call('LTRIM', queue, #jobs, -1)
    for n = #others, 1, -1 do
      redis.call('LPUSH', queue, others[n])
    end
  end
end

local function begin_to_wait(id, now)
  conversations.write(id, {
    waiting_since_ms = integer(now),
    waiting_stopped_ms = integer(people_clock.stopped_ms()),
  })
end

local function take_message(id, now, message, priority, asked)
  local conversation = conversations.read(id)
  local unknown_group = ''
  if muted.is(conversation) then -- it is kept, and rings nobody
    local seq = conversations.count(id, 'last_seq')
    transcript.add(id, seq, message)
    history.hear(id, seq, message)
    conversations.write(id, { offered_seq = seq })
    return unknown_group
  end
  if not conversation.group then
    local group = asked
    if not known[asked] then
      group, unknown_group = default_group, asked
      conversations.write(id, { asked_group = asked })
    end
    conversations.write(id, { group = group, offered_seq = 0 })
    begin_to_wait(id, now)
  elseif conversation.state == words.state.closed then
    if conversation.kept_group then -- it was passed to that group until the close
      name_entries.leave_group(conversation, id)
      conversations.write(id, { group = known[asked] and asked or default_group })
      conversations.clear(id, 'kept_group')
      conversation = conversations.read(id)
    end
    rounds.reopen(rules, id, conversation, conversation.last_seq or '0')
  elseif conversation.answered then
    begin_to_wait(id, now)
    lease.hear(rules, id, conversation)
  elseif conversation.owner and not conversation.nudge_at_ms and not conversation.return_at_ms then
    lease.hear(rules, id, conversation) -- a version before this one has taken in the first message
  end
  if conversation.state == words.state.waiting and rules.ring_ms > 0 then
    conversations.count(id, 'version') -- the cards show the newest text
  end
  local seq = conversations.count(id, 'last_seq')
  transcript.add(id, seq, message)
  history.hear(id, seq, message)
  priorities.hear(id, conversations.read(id), priority)
  if priority == 'urgent' then
    conversations.write(id, { urgent_seq = seq })
  end
  return unknown_group
end

-- What is known of a conversation lives as long as it does; what costs a look at each copy is let
-- live once an hour.
local function let_live(id, conversation)
  local now = clock.ms()
  hash.expire(keys.conversation .. id, retention_s)
  redis.call('EXPIRE', keys.messages .. id, retention_s)
  if not conversation.let_live_ms then
    conversations.write(id, { let_live_ms = integer(now) }) -- it is new: there is nothing else
    redis.call('EXPIRE', keys.public_history .. id, retention_s)
    return
  end
  redis.call('EXPIRE', keys.public_history .. id, retention_s)
  hash.expire(keys.copies .. id, retention_s)
  hash.expire(keys.cursor .. id, retention_s)
  if conversation.owner then
    key_lifetimes.outlast(keys.claims .. conversation.owner, id)
    key_lifetimes.outlast(keys.due, id)
  end
  if now - tonumber(conversation.let_live_ms) < key_lifetimes.HOUR_S * 1000 then
    return
  end
  conversations.write(id, { let_live_ms = integer(now) })
  if conversation.muted_ms then
    key_lifetimes.outlast(keys.muted, id)
  end
  if conversation.notes then
    redis.call('EXPIRE', keys.notes .. id, retention_s + key_lifetimes.HOUR_S)
  end
  redis.call('EXPIRE', keys.listed .. id, retention_s)
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    local copy = copies.of(id, chat)
    redis.call('EXPIRE', keys.shown .. chat, retention_s + key_lifetimes.HOUR_S)
    for _, message in ipairs({ copy.card or false, copy.nudge or false }) do
      if message then
        redis.call('EXPIRE', keys.card .. chat .. ':' .. message, retention_s + key_lifetimes.HOUR_S)
      end
    end
  end
end

-- To who is paused a message is not sent; the card that they have shows it.
local function show_paused(id, group)
  for _, chat in ipairs(availability.paused_in(group)) do
    local copy = copies.of(id, chat)
    if copy.card then
      copy.version = -1
      copies.keep(id, chat, copy)
      edits.request(id, chat)
    end
  end
end

-- The messages that these entries take back.
local function taken_back_in(entries)
  local found = {}
  for _, entry in ipairs(entries) do
    local kind, message = unpack(cjson.decode(entry))
    if kind == 'retract' and message then
      found[message] = true
    end
  end
  return found
end

local done = 0

-- Take what was accepted out of the inbox, at most 100 a call. Returns how many, and the group
-- that was asked for if there is no such one.
local function take_in(id, accepted_ms)
  local inbox = keys.inbox .. id
  local entries = redis.call('LRANGE', inbox, 0, 99)
  if #entries == 0 then
    return 0, ''
  end
  local unknown_group, has_message, now = '', false, clock.ms()
  local taken_back, upto = taken_back_in(entries), #entries
  for at, entry in ipairs(entries) do
    local kind, message, priority, asked = unpack(cjson.decode(entry))
    local conversation = conversations.read(id)
    if kind == 'message' and taken_back[message] then
      amending.drop(id, message)
    elseif kind == 'message' then
      local is_closed = conversation.state == words.state.closed and not muted.is(conversation)
      if not conversation.group or is_closed then
        conversations.write(id, { uncarded_ms = integer(accepted_ms), spreading_ms = integer(accepted_ms) })
      end
      local unknown = take_message(id, now, message, priority, asked)
      unknown_group = unknown ~= '' and unknown or unknown_group
      has_message = true
    elseif kind == 'touch' and conversation.group then
      lease.answer(rules, id, conversation)
    elseif kind == 'prioritize' and conversation.group and conversation.state ~= words.state.closed then
      priorities.set(id, conversation, message)
    elseif kind == 'edit' and conversation.group then
      amending.edit(id, message, priority)
    elseif kind == 'retract' and conversation.group then
      amending.retract(id, message)
    elseif kind == 'forget' and not forgetting.go_on(id) then
      done = done + COST_OF_FORGETTING
      upto = at - 1 -- the rest of it, and what stands behind it, is done by the next call
      break
    elseif kind == 'close' and conversation.group and conversation.state ~= words.state.closed then
      ownership.close(id, conversation)
    end
  end
  redis.call('LTRIM', inbox, upto, -1)
  local conversation = conversations.read(id)
  if conversation.group then
    let_live(id, conversation)
  end
  if has_message then
    conversations.write(id, { last_ms = integer(now) })
    redis.call('ZADD', keys.to_index, integer(now), id)
    key_lifetimes.outlast(keys.to_index, id)
  end
  local owner = conversation.state == words.state.claimed and conversation.owner
  if has_message and conversation.pass_to then -- who is asked sees it on their card
    conversations.count(id, 'version')
    edits.request(id, conversation.pass_to)
  elseif has_message and owner and not operators.is_member(owner, conversation.group) then
    ownership.release(id, conversation, words.reason.off_duty)
  elseif has_message and availability.is_paused(owner) then
    ownership.release(id, conversation, words.reason.paused)
  elseif conversation.state == words.state.waiting then
    conversations.wait_for_anyone(id, conversation)
    if has_message then
      show_paused(id, conversation.group)
    end
  end
  return upto, unknown_group
end

local function is_enough()
  return done + best_operators.compared() / COMPARED_A_DELIVERY >= most
end

local function route(id, accepted_ms)
  local taken, unknown_group = take_in(id, accepted_ms)
  local conversation = conversations.read(id)
  if escalation_progress.waits(conversation) and escalation_progress.is_any(conversation) then
    escalation_steps.look(id) -- before it is offered to those from whom a step may take it
  end
  local left, offered = waiting_messages.offer(id, most - done)
  done = done + taken + offered
  if left ~= 'more' and redis.call('LLEN', keys.inbox .. id) > 0 then
    left = 'more'
  end
  if left ~= 'more' then
    redis.call('ZREM', keys.accepted, id)
  end
  return { id, left, unknown_group }
end

local accepted = redis.call('ZRANGE', keys.accepted, 0, MOST_CONVERSATIONS - 1, 'WITHSCORES')
for i = 7, #accepted > 0 and #ARGV or 0 do
  take_wake_ups(ARGV[i])
end
local routed, is_more = {}, '0'
for i = 1, #accepted / 2 do
  local id = accepted[2 * i - 1]
  local answer = isolate.call(route, id, urgency.since_ms_of(accepted[2 * i]))
  table.insert(routed, answer.err and { id, answer } or answer)
  if answer.err or answer[2] == 'more' or i == MOST_CONVERSATIONS or is_enough() then
    is_more = '1'
  end
  if is_enough() then
    break
  end
end
if done >= MANY then
  wake.dispatchers() -- they share what is many
end
return { is_more, routed }
