-- Route what has been accepted, most urgent and oldest first: of each conversation, move what was
-- accepted out of its inbox, in order, and offer it to everybody on duty in its group. Known
-- groups are the desk's; any other goes to the default.
--
-- ARGV: JSON object of known groups, default group, retention in seconds, most deliveries of one
-- call (it blocks Redis while it runs), how the ids of wake-up jobs begin, RQ's keys of the queues.
-- Returns an array for each conversation it saw: its id, 'done', 'more' or 'nobody', and the
-- asked-for group if it is unknown and new; or its id and an error. Call again until there is none.
local known, default_group = cjson.decode(ARGV[1]), ARGV[2]
local retention_s, most, wake_up = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local MOST_CONVERSATIONS = 50
local MOST_JOBS = 500

-- Who is awake needs no other wake-up: those that wait are taken out of RQ, because each costs its
-- bookkeeping, which is more than the routing itself. A wake-up and what it is for came into Redis
-- in one transaction, so what they are for is seen below; should this process die before it is
-- through, the dispatchers' look each second finds what is left.
local function take_wake_ups(queue)
  local jobs, others = redis.call('LRANGE', queue, 0, MOST_JOBS - 1), {}
  for _, job in ipairs(jobs) do
    if string.sub(job, 1, #wake_up) == wake_up then
      redis.call('DEL', 'rq:job:' .. job)
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

-- Take what was accepted out of the inbox, at most 100 a call. Returns how many, and the group
-- that was asked for if there is no such one.
local function take_in(id)
  local inbox, conversation = 'onduty:inbox:' .. id, 'onduty:conversation:' .. id
  local entries = redis.call('LRANGE', inbox, 0, 99)
  if #entries == 0 then
    return 0, ''
  end
  local unknown_group = ''
  local field = redis.call('HMGET', conversation, 'priority', 'last_seq', 'group', 'offered_seq')
  local priority, last, group = field[1], tonumber(field[2] or 0), field[3]
  if last == tonumber(field[4] or 0) then
    redis.call('HSET', conversation, 'waiting_since_ms', ms(now_ms()))
  end
  for _, entry in ipairs(entries) do
    local kind, message, message_priority, asked = unpack(cjson.decode(entry))
    if kind == 'message' then
      last = last + 1
      redis.call('ZADD', 'onduty:messages:' .. id, last, message)
      if not priority or RANK[message_priority] < RANK[priority] then
        priority = message_priority
      end
      if not group then
        group = asked
        if not known[asked] then
          group, unknown_group = default_group, asked
          redis.call('HSET', conversation, 'asked_group', asked)
        end
      end
    end
  end
  redis.call('LTRIM', inbox, #entries, -1)
  redis.call('HSET', conversation, 'priority', priority, 'last_seq', last, 'group', group)
  redis.call('HSETNX', conversation, 'offered_seq', 0)
  redis.call('EXPIRE', conversation, retention_s)
  redis.call('EXPIRE', 'onduty:messages:' .. id, retention_s)
  return #entries, unknown_group
end

local done = 0
local function route(id)
  local taken, unknown_group = take_in(id)
  local left, offered = offer(id, most - done)
  done = done + taken + offered
  if left ~= 'more' and redis.call('LLEN', 'onduty:inbox:' .. id) > 0 then
    left = 'more'
  end
  if left ~= 'more' then
    redis.call('ZREM', 'onduty:accepted', id)
  end
  return { id, left, unknown_group }
end

for i = 6, #ARGV do
  take_wake_ups(ARGV[i])
end
local routed = {}
for _, id in ipairs(redis.call('ZRANGE', 'onduty:accepted', 0, MOST_CONVERSATIONS - 1)) do
  local answer = alone(route, id)
  table.insert(routed, answer.err and { id, answer } or answer)
  if done >= most then
    break
  end
end
return routed
