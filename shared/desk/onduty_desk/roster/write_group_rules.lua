-- A process starts: its rules hold for all from now on.
--
-- ARGV: group → rules, as JSON. Returns the groups whose rules have changed, each followed by its rules
-- before, as JSON, or '' if there were none.
local assignment, conversations, escalation_progress = require 'conversations'
local clock = require 'lua'
local keys, words = require 'model'

local given, changed = cjson.decode(ARGV[1]), {}

local function is_same(before, rules)
  if not before then
    return false
  end
  local known = cjson.decode(before)
  for name, value in pairs(rules) do
    if known[name] ~= value then
      return false
    end
  end
  return true
end

-- By other steps, each that waits has another next one, and its cards say so.
local MOST_ARGUMENTS = 1000
local function look_at_all_that_wait(group)
  local ids, lasts_s = redis.call('ZRANGE', keys.waiting .. group, 0, -1), redis.call('TTL', keys.waiting .. group)
  for from = 1, #ids, MOST_ARGUMENTS do
    local places = {}
    for i = from, math.min(from + MOST_ARGUMENTS - 1, #ids) do
      places[#places + 1], places[#places + 2] = escalation_progress.BY_OTHER_STEPS, ids[i]
    end
    redis.call('ZADD', keys.escalations_due, unpack(places))
  end
  if lasts_s > redis.call('TTL', keys.escalations_due) then
    redis.call('EXPIRE', keys.escalations_due, lasts_s)
  end
end

local function has_other_steps(before, rules)
  return (before and cjson.decode(before).escalation or '[]') ~= (rules.escalation or '[]')
end

-- What waits goes by the new rules: what was offered to one after the other rings now, and the other way round.
local MOST_MOVED = 2000
local function let_line_follow(group, before, routing)
  local was = before and cjson.decode(before).routing
  if was == 'assigned' and routing ~= 'assigned' then
    for _, id in ipairs(redis.call('ZRANGE', keys.waiting .. group, 0, MOST_MOVED - 1)) do
      local conversation = conversations.read(id)
      if conversation.state == words.state.waiting and not conversation.first_until_ms then
        conversations.write(id, { offered_seq = conversation.from_seq or '0' })
        conversations.let_route(id, conversation)
      end
    end
  end
  assignment.serve_later(group)
end

for _, group in ipairs(redis.call('HKEYS', keys.group_rules)) do
  if not given[group] then
    let_line_follow(group, redis.call('HGET', keys.group_rules, group))
    table.insert(changed, group)
    table.insert(changed, redis.call('HGET', keys.group_rules, group))
    redis.call('HDEL', keys.group_rules, group)
  end
end
for group, rules in pairs(given) do
  local before = redis.call('HGET', keys.group_rules, group)
  if not is_same(before, rules) then
    table.insert(changed, group)
    table.insert(changed, before or '')
    let_line_follow(group, before, rules.routing)
  end
  if has_other_steps(before, rules) then
    look_at_all_that_wait(group)
  end
  rules.start_ms = clock.ms()
  redis.call('HSET', keys.group_rules, group, cjson.encode(rules))
end
return changed
