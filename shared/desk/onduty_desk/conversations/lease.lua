-- The lease of an owner: it runs while the customer has the last word. When it is over for the first time,
-- the owner is asked whether they are still answering; for the second, the conversation is returned (see
-- timers.lua).
local availability = require 'availability'
local conversations, deadlines, people_clock = require 'conversations'
local integer = require 'lua'
local nudges = require 'nudges'
local edits, wake = require 'phones'
local operators = require 'roster'
local words = require 'model'

local lease = {}

-- The lease begins anew, if the customer has the last word; each time the owner has said that they are
-- still answering, it is twice as long. A paused owner is not asked: it ends after the longest of these
-- times. An answered conversation closes in the end. While a colleague is asked to take it, no lease runs.
function lease.run(rules, id, conversation)
  local now = people_clock.ms()
  if conversation.pass_to then
    return
  elseif not conversation.answered and availability.is_paused(conversation.owner) then
    conversations.write(id, { return_at_ms = integer(now + rules.longest_nudge_ms) })
  elseif not conversation.answered then
    local lasts_ms = math.min(rules.nudge_ms * 2 ^ tonumber(conversation.kept or 0), rules.longest_nudge_ms)
    conversations.write(id, { nudge_at_ms = integer(now + lasts_ms) })
  elseif rules.close_idle_ms > 0 then
    conversations.write(id, { close_at_ms = integer(now + rules.close_idle_ms) })
  end
  deadlines.stand(id)
end

-- The owner is not asked any more whether they are still answering.
function lease.ask_no_more(id, conversation)
  conversations.clear(id, 'nudge_at_ms')
  if conversations.clear(id, 'nudged', 'return_at_ms') > 0 and conversation.owner then
    nudges.drop(id, conversation.owner)
    edits.request(id, conversation.owner) -- an older version has asked in a message of its own
    wake.dispatchers()
  end
end

-- The owner is at it: a lease that runs begins anew. `says_so` who has answered the question: it is
-- asked after twice the time, until the customer gets an answer or the conversation another owner.
function lease.renew(rules, id, conversation, says_so)
  if says_so and conversation.nudged then
    conversations.count(id, 'kept')
  end
  lease.ask_no_more(id, conversation)
  lease.run(rules, id, conversations.read(id))
end

-- The customer got an answer: the operator has the last word, and the lease stands still.
function lease.answer(rules, id, conversation)
  conversations.write(id, { answered = '1' })
  if conversation.state == words.state.closed then
    return
  end
  conversations.clear(id, 'kept')
  lease.ask_no_more(id, conversation)
  if not conversation.answered then
    edits.show_last_word(id, conversation)
  end
  lease.run(rules, id, conversations.read(id))
end

-- The customer writes, and has the last word again: the owner's lease begins.
function lease.hear(rules, id, conversation)
  conversations.clear(id, 'answered', 'close_at_ms')
  if conversation.owner then
    lease.run(rules, id, conversations.read(id))
  else
    deadlines.stand(id)
  end
  edits.show_last_word(id, conversation)
end

-- A silent owner is asked. Returns what came of it.
function lease.ask(rules, id, conversation)
  if conversation.answered then -- by a version before this one, which let the lease run
    lease.answer(rules, id, conversation)
    return 'kept'
  elseif availability.is_paused(conversation.owner) then -- by a version that knows no pauses
    lease.renew(rules, id, conversation)
    return 'kept'
  end
  conversations.write(id, { nudged = '1', return_at_ms = integer(people_clock.ms() + rules.return_ms) })
  conversations.clear(id, 'nudge_at_ms')
  if operators.is_member(conversation.owner, conversation.group) then
    nudges.add(id, conversation.owner)
  end
  return 'nudged'
end

return lease
