-- An admin adds, changes or removes a quick reply of a group.
--
-- ARGV: update, group, 'add', 'change' or 'remove', the number ('' for add), the quick reply as JSON ('' for
-- remove), how many there may be. Returns { result, the number, how it read before or '' }: added, changed,
-- removed; or full, unknown: then nothing changed. Sent once more, an update returns the same.
local once = require 'lua'
local keys = require 'model'

local update, group, verb, number, json, most = ARGV[1] .. ':quick', unpack(ARGV, 2)
local key = keys.quick_replies .. group
local before = once.decided(update)
if before then
  return before
end

-- Numbers are those that admins see: one that is free again is given to the next.
local function first_free()
  for free = 1, tonumber(most) do
    if redis.call('HEXISTS', key, free) == 0 then
      return tostring(free)
    end
  end
end

local function change()
  local was = verb ~= 'add' and redis.call('HGET', key, number)
  if verb == 'add' then
    number = first_free()
    if not number then
      return { 'full', '', '' }
    end
    redis.call('HSET', key, number, json)
    return { 'added', number, '' }
  elseif not was then
    return { 'unknown', number, '' }
  elseif verb == 'remove' then
    redis.call('HDEL', key, number)
    return { 'removed', number, was }
  end
  redis.call('HSET', key, number, json)
  return { 'changed', number, was }
end

return once.decide(update, change())
