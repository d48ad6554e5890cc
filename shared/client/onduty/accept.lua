-- Accept customer messages: remember each under its id, line it up in its conversation's inbox,
-- and list the conversation as having something to route. A known id changes nothing; with other
-- words, or in another conversation, it is another message, and then none of them is accepted.
--
-- ARGV: retention in seconds, then for each message: id, conversation id, priority, group, JSON.
-- Returns how many were new, or the id that is known for another message. Run with EVAL inside
-- MULTI: EVALSHA of a script that a restarted server does not know would fail there without
-- undoing the rest.
local RANK = { urgent = 0, normal = 1, low = 2 }
local retention_s = tonumber(ARGV[1])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

-- What its text was when it was pushed, if it has been edited or retracted since.
local function first_text(message)
  return message.was or redis.sha1hex(tostring(message.text))
end

-- Another version of the client may write the same message as other JSON.
local function is_same(json, other)
  if json == other then
    return true
  end
  local one_ok, one = pcall(cjson.decode, json)
  local other_ok, two = pcall(cjson.decode, other)
  return one_ok
    and other_ok
    and one.conversation_id == two.conversation_id
    and (one.text == two.text or first_text(one) == first_text(two))
end

local known = {}
for i = 2, #ARGV, 5 do
  local id, json = ARGV[i], ARGV[i + 4]
  local before = known[id] or redis.call('GET', 'onduty:message:' .. id)
  if before and not is_same(before, json) then
    return id
  end
  known[id] = json
end

local new = 0
for i = 2, #ARGV, 5 do
  local id, conversation, priority, group, json = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if redis.call('SET', 'onduty:message:' .. id, json, 'NX', 'EX', retention_s) then
    local inbox = 'onduty:inbox:' .. conversation
    redis.call('RPUSH', inbox, cjson.encode({ 'message', id, priority, group }))
    redis.call('EXPIRE', inbox, retention_s)
    redis.call('ZADD', 'onduty:accepted', 'LT', string.format('%.0f', RANK[priority] * 1e14 + now_ms), conversation)
    new = new + 1
  end
end
return new
