-- The author changes an answer, takes it back, or has one that failed sent again; also of a conversation
-- that they have passed on.
--
-- ARGV: rules, update, operator, chat, message, verb: 'edit', 'undo' or 'again', for 'edit' text and html.
-- Returns unknown (no answer of theirs), off_duty, off (nobody delivers events), deleted (it was taken
-- back), same, not_failed; or what was done: held (nobody had got it: it was held or delayed), changed,
-- taken_back, again. The same update once more returns the same and changes nothing.
local once = require 'lua'
local answer_rules, replies = require 'replies'
local operators = require 'roster'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, chat, message, verb, text, html = ARGV[2] .. ':change', unpack(ARGV, 3)
local before = once.decided(update)
if before then
  return before[1]
end
local place = chat .. ':' .. message
local reply = replies.at(place)

local VERBS = {}

function VERBS.edit()
  if reply.text == text and reply.html == html then
    return words.change.same
  end
  redis.call('HSET', keys.reply .. place, 'text', text, 'html', html)
  if reply.state == words.reply_state.held or reply.state == words.reply_state.delayed then
    return words.change.held
  end
  if replies.send(place, words.event.reply_edited) then
    return words.change.changed
  end
  redis.call('HSET', keys.reply .. place, 'text', reply.text, 'html', reply.html)
  return words.change.off
end

function VERBS.undo()
  if reply.state == words.reply_state.held then
    redis.call('DEL', keys.reply .. place)
    return words.change.held
  elseif reply.state == words.reply_state.delayed then
    answer_rules.take_back(rules, place, reply)
    return words.change.held
  end
  return replies.send(place, words.event.reply_deleted) and words.change.taken_back or words.change.off
end

function VERBS.again()
  if reply.state ~= words.reply_state.failed then
    return words.change.not_failed
  end
  return replies.again(place) and words.change.again or words.change.off
end

local function judge()
  if reply.author ~= operator then
    return words.change.unknown
  elseif not operators.is_on_duty(operator) then
    return words.change.off_duty
  elseif reply.kind == words.event.reply_deleted and verb ~= 'again' then
    return words.change.deleted
  elseif not VERBS[verb] then
    return words.change.unknown
  end
  return VERBS[verb]()
end

return once.decide(update, { judge() })[1]
