-- Hand over what an operator was shown that they hold: to everyone, or to a colleague on duty; or
-- close it. What they do not hold any more is left alone.
--
-- ARGV: rules, update, operator, the colleague's id, '' or 'close', the conversations as a JSON array.
-- Returns { 'released', how many }, { 'released_alone', how many } (nobody else is on duty),
-- { 'passed', how many, to whom }, { 'closed', how many }, { 'nothing' } (they hold none of these), or { 'unavailable' }: the
-- colleague is not on duty, or in no group of these conversations; then nothing is changed. The same
-- update once more returns the same and changes nothing.
rules = cjson.decode(ARGV[1])
local update, operator, colleague = ARGV[2], ARGV[3], ARGV[4]
local before = decided(update)
if before then
  return before
end
local held = {}
for _, id in ipairs(cjson.decode(ARGV[5])) do
  local conversation = conversation_of(id)
  if conversation.state == 'claimed' and conversation.owner == operator then
    table.insert(held, { id = id, conversation = conversation })
  end
end
if #held == 0 then
  return decide(update, { 'nothing' })
end
if colleague == '' then
  for _, one in ipairs(held) do
    release(one.id, one.conversation, 'released')
  end
  local are_told = has_others(held[1].conversation.group, operator)
  return decide(update, { are_told and 'released' or 'released_alone', #held })
end

if colleague == 'close' then
  local name = redis.call('HGET', 'onduty:operator:' .. operator, 'name')
  for _, one in ipairs(held) do
    close(one.id, one.conversation, operator, name or one.conversation.owner_name)
    reopen_with_unseen(one.id, copy_of(one.id, operator))
  end
  return decide(update, { 'closed', #held })
end

local to = redis.call('HMGET', 'onduty:operator:' .. colleague, 'group', 'name')
local passed = 0
for _, one in ipairs(held) do
  if to[1] == one.conversation.group and colleague ~= operator then
    claim(one.id, one.conversation, colleague, to[2], 'passed')
    passed = passed + 1
  end
end
if passed == 0 then
  return decide(update, { 'unavailable' })
end
return decide(update, { 'passed', passed, to[2] })
