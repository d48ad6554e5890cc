-- Take something that broke at a phone, or about a timer of a conversation, out of the failed list,
-- and have it done again.
--
-- ARGV: failure id. Returns 'card' (the phone is looked at again), 'moment' (the clock looks at the
-- conversation again), 'expired' (there is nothing left to be done), 'unusable' (the failure cannot be
-- read: it stays) or 'gone' (somebody was faster).
local conversations, deadlines = require 'conversations'
local failed = require 'failures'
local hash, integer = require 'lua'
local copies, deliveries, edits, places, timetable, wake = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local id = ARGV[1]
local failure, why_not = failed.read(id, function(fields)
  return fields.chat or fields.step == 'moment'
end)
if not failure then
  return why_not
end
failed.remove(id)
local conversation, chat = failure.conversation, failure.chat
if type(chat) == 'number' then
  chat = integer(chat)
end
if not chat then
  deadlines.stand(conversation)
  return redis.call('ZSCORE', keys.due, conversation) and 'moment' or 'expired'
end

-- What the phone still waits for stands in its outbox again, and its card is drawn anew.
local function have_it_done()
  local copy, has_more = copies.of(conversation, chat), #deliveries.pending(conversation, chat, 1) > 0
  if has_more then
    places.add(keys.outbox .. chat, conversations.score(conversations.read(conversation)), conversation)
  end
  if hash.get(keys.copies .. conversation, chat) then
    copy.version = -1
    copies.forget_failures(copy)
    copies.keep(conversation, chat, copy)
    edits.request(conversation, chat)
    has_more = true
  end
  return has_more
end

local is_there = conversation and have_it_done()
if operators.is_on_duty(chat) or is_there then
  timetable.something_new(chat)
  wake.dispatchers()
end
return is_there and 'card' or failure.kind == 'phone' and 'card' or 'expired'
