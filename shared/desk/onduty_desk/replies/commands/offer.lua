-- An operator has written what is no reply: it is held, for them to say to which of those that they own it
-- goes.
--
-- ARGV: update, operator, name, chat, message, text, html, when it was written (s), their first name, in which
-- topic or ''.
-- Returns the conversations, at most five; none if they own none or more, or nobody delivers events.
local conversations = require 'conversations'
local once = require 'lua'
local replies = require 'replies'
local operators = require 'roster'
local keys, words = require 'model'

local update, operator, _, chat, message = ARGV[1] .. ':offer', unpack(ARGV, 2, 5)
local MOST_OFFERED = 5
local before = once.decided(update)
if before then
  return before
end
local owned = {}
if redis.call('EXISTS', keys.events_wanted) == 1 and operators.is_on_duty(operator) then
  for _, id in ipairs(redis.call('ZRANGE', keys.claims .. operator, 0, MOST_OFFERED * 2)) do
    local conversation = conversations.read(id)
    if conversation.state == words.state.claimed and conversation.owner == operator then
      table.insert(owned, id)
    end
  end
end
if #owned == 0 or #owned > MOST_OFFERED then
  return once.decide(update, {})
end
local place = chat .. ':' .. message
local said = { text = ARGV[6], html = ARGV[7], at_s = ARGV[8], name = ARGV[9], thread = ARGV[10] or '' }
replies.hold(place, nil, operator, said)
redis.call('HSET', keys.reply .. place, 'choices', cjson.encode(owned))
return once.decide(update, owned)
