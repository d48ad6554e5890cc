-- Take a step of a card that broke out of the failed list, and have that phone's card drawn anew.
--
-- ARGV: failure id. Returns 'card', 'expired' (the phone shows nothing of it any more), 'unusable'
-- (the failure cannot be read: it stays) or 'gone' (somebody was faster).
local id = ARGV[1]
local json = redis.call('HGET', 'onduty:failures', id)
if not json then
  return 'gone'
end
local is_json, failure = pcall(cjson.decode, json)
if not is_json or type(failure) ~= 'table' or type(failure.conversation) ~= 'string' or not failure.chat then
  return 'unusable'
end
redis.call('HDEL', 'onduty:failures', id)
redis.call('ZREM', 'onduty:failed', id)
local conversation, chat = failure.conversation, failure.chat
if type(chat) == 'number' then
  chat = ms(chat)
end
if redis.call('HEXISTS', 'onduty:copies:' .. conversation, chat) == 0 then
  return 'expired'
end
local copy = copy_of(conversation, chat)
copy.version, copy.failures = -1, nil
keep_copy(conversation, chat, copy)
redraw_copy(conversation, chat)
wake_dispatchers()
return 'card'
