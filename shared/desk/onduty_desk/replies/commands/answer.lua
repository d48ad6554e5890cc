-- An operator replies to a message of a conversation: that is the answer to its customer. Whoever answers
-- what waits claims it in the same step.
--
-- ARGV: rules, update, operator, name, chat, message, the message it replies to, text, html, when it was
-- written (s), the author's first name, what is quoted or '', the topic that it is written in or ''. What is
-- written in a topic of ours answers the customer whose topic it is, whatever it is a reply to.
-- Returns { answer, a name, a number or '', for how many ms a customer had waited or nil }: sent; delayed (it
-- is sent in so many ms); or
-- nothing was sent: off (nobody delivers events), unknown (no message of a conversation), off_duty,
-- other_group, group_full, limit_full (no room: the number that is reached), is_closed, asks
-- (who is asked to take it); or it is held until they agree:
-- taken (take over from whom), may_reopen. The same update once more returns the same and changes nothing.
local once = require 'lua'
local answer_rules, replies = require 'replies'
local topics = require 'topics'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message, replied = ARGV[2] .. ':reply', unpack(ARGV, 3, 7)
local said = { text = ARGV[8], html = ARGV[9], at_s = ARGV[10], name = ARGV[11], thread = ARGV[13] or '' }
local before = once.decided(update)
if before then
  return before
end
local id = said.thread ~= '' and topics.conversation_of(chat, said.thread)
  or redis.call('GET', keys.card .. chat .. ':' .. replied)
if redis.call('EXISTS', keys.events_wanted) == 0 then
  return once.decide(update, { words.answer.off, '' })
elseif not id then
  return once.decide(update, { words.answer.unknown, '' })
end

local place = chat .. ':' .. message
local result, whose, detail = answer_rules.let(rules, id, operator, name, '')
said.about = answer_rules.about(id, chat, replied, ARGV[12])
if result == words.answer.sent then
  replies.hold(place, id, operator, said)
  result, whose = answer_rules.send(rules, id, chat, place)
  return once.decide(update, { result, whose, detail })
elseif result == words.answer.taken or result == words.answer.may_reopen then
  replies.hold(place, id, operator, said)
  if result == words.answer.taken then
    redis.call('HSET', keys.reply .. place, 'over', detail)
  end
end
return once.decide(update, { result, whose })
