-- What admins must know at once: the chat backend confirms no events, the failed list grows.
--
-- ARGV: 'look', with a lease in ms; or 'told' or 'not_told', the kind and its id. Trouble counts as over
-- when it has not been so for ten minutes; only then is it told again.
-- Returns { kind, id, how many, a number about it } of each that this process is to tell now: of `events`
-- the age of the oldest (ms), of `failed` how many there are in all.
local clock, integer = require 'lua'
local keys = require 'model'

local LATE_MS = 10 * 60000
local now = clock.ms()
local FIND = {}

function FIND.events()
  local oldest = redis.call('ZRANGE', keys.events_since, 0, 0, 'WITHSCORES')[2]
  local count = redis.call('ZCOUNT', keys.events_since, '-inf', integer(now - LATE_MS))
  return count, oldest and integer(now - tonumber(oldest)) or '0'
end

function FIND.failed()
  local count = redis.call('ZCOUNT', keys.failed, integer(now - LATE_MS), '+inf')
  return count, redis.call('ZCARD', keys.failed)
end

local function look(kind, lease_ms)
  local key = keys.desk_trouble .. kind
  local count, about = FIND[kind]()
  local id, is_told, leased = unpack(redis.call('HMGET', key, 'id', 'is_told', 'leased_until_ms'))
  if count == 0 then
    if not is_told then
      redis.call('DEL', key)
    end
    return nil
  end
  if not id then
    id = integer(now)
    redis.call('HSET', key, 'id', id)
  end
  redis.call('PEXPIRE', key, LATE_MS)
  if is_told or tonumber(leased or 0) > now then
    return nil
  end
  redis.call('HSET', key, 'leased_until_ms', integer(now + lease_ms))
  return { kind, id, count, about }
end

if ARGV[1] ~= 'look' then
  local key = keys.desk_trouble .. ARGV[2]
  if redis.call('HGET', key, 'id') == ARGV[3] then
    redis.call('HDEL', key, 'leased_until_ms')
    if ARGV[1] == 'told' then
      redis.call('HSET', key, 'is_told', '1')
    end
  end
  return {}
end
local found = {}
for _, kind in ipairs({ 'events', 'failed' }) do
  table.insert(found, look(kind, tonumber(ARGV[2])))
end
return found
