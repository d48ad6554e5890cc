-- Customers who wait in a group while nobody is available for it. The backend is told of each of them
-- once a waiting period, the admins of the group, once until somebody was available in between.
local availability = require 'availability'
local conversations = require 'conversations'
local events = require 'events'
local clock, integer = require 'lua'
local keys, words = require 'model'

local unattended = {}

local NEWS_KEPT_S = 86400

local function note_group(group, reason)
  local since = cjson.encode({ since_ms = integer(clock.ms()), place = 0 })
  if redis.call('HSETNX', keys.unattended, group, since) == 1 then
    redis.call('HSET', keys.admin_news, 'unattended:' .. group, cjson.encode({ group = group, reason = reason }))
    redis.call('EXPIRE', keys.admin_news, NEWS_KEPT_S)
  end
end

local function why(group)
  local on_duty = redis.call('ZCARD', keys.duty .. group)
  if on_duty == 0 then
    return words.unattended.off_duty
  end
  return #availability.paused_in(group) == on_duty and words.unattended.paused or words.unattended.unreachable
end

-- A customer waits there: the backend and the admins are told, if nobody is available and they do not
-- know. Whose operators have the last word does not wait. Returns whether the backend was told.
function unattended.note(id, conversation)
  local group, since = conversation.group, conversation.waiting_since_ms or '0'
  if conversation.state ~= words.state.waiting or conversation.answered or #availability.of_group(group) > 0 then
    return false
  end
  local reason = why(group)
  note_group(group, reason)
  if conversation.unattended_for == since then
    return false
  end
  conversations.write(id, { unattended_for = since })
  events.emit(id, words.event.conversation_unattended, { group = group, reason = reason })
  return true
end

-- Somebody is available there: if they go, the admins are told again.
function unattended.is_over(group)
  redis.call('HDEL', keys.unattended, group)
  redis.call('HDEL', keys.admin_news, 'unattended:' .. group)
end

-- Look after those who waited already when the last one went, at most so many. Returns whether the backend
-- was told of any: then there may be more.
function unattended.look(group, most)
  local json = redis.call('HGET', keys.unattended, group)
  local from = json and tonumber(cjson.decode(json).place) or 0
  local ids, is_any = redis.call('ZRANGE', keys.waiting .. group, from, from + most - 1), false
  for _, id in ipairs(ids) do
    is_any = unattended.note(id, conversations.read(id)) or is_any
  end
  json = redis.call('HGET', keys.unattended, group)
  if json then
    local known = cjson.decode(json)
    known.place = #ids == most and from + most or 0
    redis.call('HSET', keys.unattended, group, cjson.encode(known))
  end
  return is_any
end

return unattended
