-- Take something that broke at a phone, or about a moment of a conversation, out of the failed list,
-- and have it done again.
--
-- ARGV: failure id. Returns 'card' (the phone is looked at again), 'moment' (the clock looks at the
-- conversation again), 'expired' (there is nothing left to be done), 'unusable' (the failure cannot be
-- read: it stays) or 'gone' (somebody was faster).
local id = ARGV[1]
local json = redis.call('HGET', 'onduty:failures', id)
if not json then
  return 'gone'
end
local is_json, failure = pcall(cjson.decode, json)
if not is_json or type(failure) ~= 'table' or not (failure.chat or failure.step == 'moment') then
  return 'unusable'
end
redis.call('HDEL', 'onduty:failures', id)
redis.call('ZREM', 'onduty:failed', id)
local conversation, chat = failure.conversation, failure.chat
if type(chat) == 'number' then
  chat = ms(chat)
end
if not chat then
  set_due(conversation)
  return redis.call('ZSCORE', 'onduty:due', conversation) and 'moment' or 'expired'
end

-- What the phone still waits for stands in its outbox again, and its card is drawn anew.
local function have_it_done()
  local copy, has_more = copy_of(conversation, chat), #pending(conversation, chat, 1) > 0
  if has_more then
    redis.call('ZADD', 'onduty:outbox:' .. chat, 'LT', score_of(conversation_of(conversation)), conversation)
  end
  if redis.call('HEXISTS', 'onduty:copies:' .. conversation, chat) == 1 then
    copy.version = -1
    forget_failures(copy)
    keep_copy(conversation, chat, copy)
    redraw_copy(conversation, chat)
    has_more = true
  end
  return has_more
end

local is_there = conversation and have_it_done()
if is_on_duty(chat) or is_there then
  something_new(chat)
  wake_dispatchers()
end
return is_there and 'card' or failure.kind == 'phone' and 'card' or 'expired'
