-- Route one conversation: move what was accepted out of its inbox, in order, and offer it to
-- everybody on duty in its group. Known groups are the desk's; any other goes to the default.
--
-- ARGV: conversation id, JSON object of known groups, default group, retention in seconds,
-- most deliveries of one call (it blocks Redis while it runs).
-- Returns 'done', 'more' or 'nobody', and the asked-for group if it is unknown and new.
local id, known, default_group = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
local retention_s, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local inbox, conversation = 'onduty:inbox:' .. id, 'onduty:conversation:' .. id
local unknown_group = ''

local entries = redis.call('LRANGE', inbox, 0, 99)
if #entries > 0 then
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
end

local left = offer(id, most)
if left ~= 'more' and redis.call('LLEN', inbox) > 0 then
  left = 'more'
end
if left ~= 'more' then
  redis.call('ZREM', 'onduty:accepted', id)
end
return { left, unknown_group }
