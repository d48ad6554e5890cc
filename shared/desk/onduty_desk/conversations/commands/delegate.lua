-- Hand over what an operator was shown that they hold: to everyone, or to a colleague on duty, who is asked
-- first; or close it. What they do not hold any more is left alone.
--
-- ARGV: rules, update, operator, the colleague's id, '' or 'close', the conversations as a JSON array.
-- Returns { 'released', how many }, { 'released_alone', how many } (nobody else is on duty),
-- { 'passed', about how many they are asked, whom }, { 'closed', how many }, { 'nothing' } (they hold none of
-- these), or, when nothing is changed, { 'unavailable' }: the colleague is not available, or in no group of these
-- conversations; { 'full', 0, whom }: they have room for none of them. The same update once more returns
-- the same and changes nothing.
local availability = require 'availability'
local audience, capacity, conversations, ownership, passing, rounds = require 'conversations'
local once = require 'lua'
local copies = require 'phones'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, colleague = ARGV[2], ARGV[3], ARGV[4]
local before = once.decided(update)
if before then
  return before
end
local held = {}
for _, id in ipairs(cjson.decode(ARGV[5])) do
  local conversation = conversations.read(id)
  if conversation.state == words.state.claimed and conversation.owner == operator then
    table.insert(held, { id = id, conversation = conversation })
  end
end
if #held == 0 then
  return once.decide(update, { 'nothing' })
end
if colleague == '' then
  for _, one in ipairs(held) do
    ownership.release(one.id, one.conversation, words.reason.released)
  end
  local are_told = audience.has_others(held[1].conversation, operator)
  return once.decide(update, { are_told and 'released' or 'released_alone', #held })
end

if colleague == 'close' then
  local name = redis.call('HGET', keys.operator .. operator, 'name')
  for _, one in ipairs(held) do
    ownership.close(one.id, one.conversation, operator, name or one.conversation.owner_name)
    rounds.reopen_with_unseen(rules, one.id, copies.of(one.id, operator))
  end
  return once.decide(update, { 'closed', #held })
end

local to = { id = colleague, name = redis.call('HGET', keys.operator .. colleague, 'name') }
local passed, is_full = 0, false
for _, one in ipairs(held) do
  local conversation = one.conversation
  if colleague ~= operator and availability.is_available(colleague, conversation.group) then
    if conversation.pass_to == colleague then
      passed = passed + 1 -- they are asked already
    elseif capacity.why_full(colleague, conversation) then
      is_full = true
    else
      local by = { id = operator, name = conversation.owner_name }
      passing.to_line(one.id, conversation, to, by)
      passed = passed + 1
    end
  end
end
if passed == 0 then
  return once.decide(update, is_full and { 'full', 0, to.name } or { 'unavailable' })
end
return once.decide(update, { 'passed', passed, to.name })
