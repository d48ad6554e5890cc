-- What the admins are to be told of customers who wait: one bot takes it, tells it, and says so.
--
-- ARGV: 'take', a lease and the time between two messages (both ms), or 'told' with the id of what was told,
-- or 'not_told' (it can be taken again).
-- Returns { id, what there is, each as { 'unattended', group, why, how many wait there } or { 'escalated',
-- group, the customer's newest message as JSON or '', for how many ms they have waited } }; empty if there is
-- nothing to be told now, or nothing that is still so.
local conversations, escalation_progress = require 'conversations'
local clock, integer = require 'lua'
local keys = require 'model'

local NEWS, TELLING, LAST = keys.admin_news, keys.admin_news_telling, keys.admin_news_last
local KEPT_S = 86400
local now = clock.ms()

if ARGV[1] ~= 'take' then
  if redis.call('HGET', TELLING, 'id') == ARGV[2] then
    redis.call('HDEL', TELLING, 'lease_ms')
    if ARGV[1] == 'told' then
      redis.call('DEL', TELLING)
    end
  end
  return {}
end

local lease_ms, every_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
local leased_until = tonumber(redis.call('HGET', TELLING, 'lease_ms') or 0)
if leased_until > now and leased_until <= now + lease_ms then
  return {}
end
if redis.call('EXISTS', TELLING) == 0 then
  if redis.call('EXISTS', NEWS) == 0 or redis.call('EXISTS', LAST) == 1 then
    return {}
  end
  redis.call('RENAME', NEWS, TELLING)
  redis.call('HSET', TELLING, 'id', integer(now))
  redis.call('EXPIRE', TELLING, KEPT_S)
  redis.call('SET', LAST, '1', 'PX', every_ms)
end
redis.call('HSET', TELLING, 'lease_ms', integer(now + lease_ms))

local STILL = {}

function STILL.unattended(about)
  local is_so = redis.call('HEXISTS', keys.unattended, about.group) == 1
  return is_so and { 'unattended', about.group, about.reason or '', redis.call('ZCARD', keys.waiting .. about.group) }
end

function STILL.escalated(about)
  local id = about.conversation
  local conversation = conversations.read(id)
  if not escalation_progress.waits(conversation) or conversation.waiting_since_ms ~= about.since_ms then
    return nil -- somebody has claimed it, or it is over
  end
  local newest = redis.call('ZRANGE', keys.messages .. id, -1, -1)[1]
  local message = newest and redis.call('GET', keys.message .. newest) or ''
  local waited_ms = now - tonumber(conversation.waiting_since_ms or now)
  return { 'escalated', conversation.group, message, integer(math.max(0, waited_ms)) }
end

local told = { redis.call('HGET', TELLING, 'id') }
for _, field in ipairs(redis.call('HKEYS', TELLING)) do
  local kind = string.match(field, '^(%l+):')
  local news = kind and STILL[kind] and STILL[kind](cjson.decode(redis.call('HGET', TELLING, field)))
  if news then
    table.insert(told, news)
  end
end
if #told == 1 then
  redis.call('DEL', TELLING, LAST)
  return {}
end
return told
