-- Escalation: a customer has waited for long, and the next step is done that the rules of the group ask for.
local conversations, escalation_progress, key_lifetimes, passing = require 'conversations'
local people_clock, operators_rung, waves = require 'conversations'
local events = require 'events'
local clock, integer = require 'lua'
local edits, wake = require 'phones'
local keys, words = require 'model'

local escalation_steps = {}

local MOST_AT_ONCE, NEWS_KEPT_S = 50, 86400
local CLAIMED_AGAIN_MS = 60000 -- what is claimed may wait again by a version that knows no escalation

-- Not among the timers: an older version would remove one that it does not know.
local function look_at(id, at_ms)
  redis.call('ZADD', keys.escalations_due, integer(at_ms), id)
  key_lifetimes.outlast(keys.escalations_due, id)
end

-- What each target means; any other is a group into whose line it is put.
local DO = {}

DO.wave = waves.ring_next
DO.group = waves.ring_all

function DO.admins(id, conversation)
  local about = cjson.encode({ conversation = id, since_ms = conversation.waiting_since_ms })
  redis.call('HSET', keys.admin_news, 'escalated:' .. id, about)
  redis.call('EXPIRE', keys.admin_news, NEWS_KEPT_S)
end

local function take(id, conversation, step)
  escalation_progress.note(id, conversation, step)
  local waited_ms = clock.ms() - tonumber(conversation.waiting_since_ms or clock.ms())
  events.emit(id, words.event.conversation_escalated, {
    group = conversation.group,
    priority = step.priority,
    to = step.to,
    waited_s = math.max(0, math.floor(waited_ms / 1000)),
  })
  local target = string.match(step.to, '^group:(.*)$')
  if target then
    passing.to_group(id, conversation, target)
    return
  elseif DO[step.to] then -- a newer version may know more
    DO[step.to](id, conversations.read(id))
  end
  edits.request_all(id)
end

-- Do what is due of a conversation, and let it stand where the next step is looked at. Returns 'escalated'
-- or 'kept'.
function escalation_steps.look(id)
  local result, now = 'kept', people_clock.ms()
  if tonumber(redis.call('ZSCORE', keys.escalations_due, id)) == escalation_progress.BY_OTHER_STEPS then
    edits.request_all(id)
    wake.dispatchers()
  end
  for _ = 1, MOST_AT_ONCE do
    local conversation = conversations.read(id)
    local waits = escalation_progress.waits(conversation)
    if waits and escalation_progress.is_any(conversation) then
      escalation_progress.begin_steps(id, conversation)
      conversation = conversations.read(id)
    end
    local step = conversation.group and not conversation.answered and escalation_progress.next(conversation)
    if waits and not operators_rung.are_all(conversation) and escalation_progress.has_rung_all(conversation) then
      operators_rung.add_all(id, conversation) -- it has come back, and goes on where it was
    end
    if not step or conversation.state == words.state.closed then
      redis.call('ZREM', keys.escalations_due, id)
      return result
    elseif not waits then
      look_at(id, now + CLAIMED_AGAIN_MS)
      return result
    end
    local due_ms = escalation_progress.due_ms(conversation, step)
    if due_ms > now or step.after > 0 and people_clock.is_stopped() then
      look_at(id, due_ms)
      return result
    end
    take(id, conversation, step)
    result = 'escalated'
    wake.dispatchers()
  end
  look_at(id, now)
  return result
end

return escalation_steps
