-- An operator agrees to send what is held: after taking over, after reopening, or to one of those that they
-- own.
--
-- ARGV: rules, update, operator, name, chat, message, way: 'take_over', 'reopen', 'shown' (it is the
-- message that shows it) or 'to', for that the
-- number of the conversation, else 0; the author's first name.
-- Returns as answer.lua does; not_held when it has been sent before, or not any more.
local once = require 'lua'
local answer_rules, replies = require 'replies'
local topics = require 'topics'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message, way = ARGV[2] .. ':reply', unpack(ARGV, 3, 7)
local before = once.decided(update)
if before then
  return before
end
local place = chat .. ':' .. message
local reply = replies.at(place)
local chosen = reply.choices and cjson.decode(reply.choices)[tonumber(ARGV[8] or '')]
local id = reply.conversation or chosen

local function judge()
  if reply.state ~= words.reply_state.held or reply.author ~= operator or not id then
    return words.answer.not_held, ''
  elseif redis.call('EXISTS', keys.events_wanted) == 0 then
    return words.answer.off, ''
  end
  local result, whose, detail = answer_rules.let(rules, id, operator, name, way, reply.over)
  if result == words.answer.taken or result == words.answer.may_reopen or result == words.answer.sent then
    redis.call('HSET', keys.reply .. place, 'conversation', id)
    replies.speak_as(place, operator, ARGV[9])
    replies.belong(place, id)
  end
  if result == words.answer.taken then
    redis.call('HSET', keys.reply .. place, 'over', detail)
    return result, whose
  elseif result == words.answer.sent then
    result, whose = answer_rules.send(rules, id, chat, place)
    if way == 'to' and reply.thread then
      topics.adopt(chat, id, reply.thread)
    end
  end
  return result, whose, detail
end

local result, whose, waited_ms = judge()
return once.decide(update, { result, whose, waited_ms })
