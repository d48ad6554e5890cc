-- What was a note is sent to the customer after all, and is a note no more. The rules of an answer hold: who
-- waits becomes theirs by it, a colleague's customer gets nothing.
--
-- ARGV: rules, update, operator, name, chat, message, the author's first name.
-- Returns as answer.lua does, behind it the conversation or ''; not_held if that message is no note of theirs
-- that can be sent.
local once = require 'lua'
local kept_notes = require 'noting'
local answer_rules, replies = require 'replies'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local update, operator, name, chat, message = ARGV[2] .. ':send-note', unpack(ARGV, 3, 6)
local before = once.decided(update)
if before then
  return before
end
local place = chat .. ':' .. message
local note, id = kept_notes.at(place)

local function send()
  if not note or note.author ~= operator or note.is_forward or note.is_elsewhere then
    return words.answer.not_held, ''
  elseif redis.call('EXISTS', keys.events_wanted) == 0 then
    return words.answer.off, ''
  end
  local result, whose, detail = answer_rules.let(rules, id, operator, name, '')
  if result == words.answer.sent then
    kept_notes.remove(id, place)
    local said = { text = note.text, html = note.html, at_s = note.at_s, name = ARGV[7], thread = note.thread }
    replies.hold(place, id, operator, said)
    result, whose = answer_rules.send(rules, id, chat, place)
    return result, whose, detail
  end
  return result, whose
end

local result, whose, waited_ms = send()
return once.decide(update, { result, whose, id or '', waited_ms })
