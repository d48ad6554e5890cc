-- An operator has written: if their next text is a note, this is it, whatever it replies to.
--
-- ARGV: update, operator, name, chat, message, 'text', 'forward' (a text of somebody else) or 'other' (no
-- text), text, html, when it was written (s), the author's first name, the topic that it is written in or ''.
-- Returns { 'not_armed', '', '' }: it is for something else; or the conversation and the message that asked
-- for the note: given; over (it is kept nowhere: the conversation is theirs no more); full (the same, there
-- are too many notes); no_text (their next text still is one). Behind it '1' if a note that was given may be
-- sent to the customer instead: what stands in the topic of another one may have been meant for that one.
-- Sent once more, an update returns the same and changes nothing.
local conversations = require 'conversations'
local once = require 'lua'
local armed_notes, kept_notes = require 'noting'
local operators = require 'roster'
local topics = require 'topics'
local words = require 'model'

local update, operator, name, chat, message, kind = ARGV[1] .. ':note', unpack(ARGV, 2, 6)
local before = once.decided(update)
if before then
  return before
end
local id, is_over = armed_notes.of(operator)
if not id or not operators.is_on_duty(operator) or armed_notes.is_past(operator, message, ARGV[9]) then
  return { 'not_armed', '', '' }
end
local conversation = conversations.read(id)
if conversation.state ~= words.state.claimed or conversation.owner ~= operator then
  is_over = true -- by an older version, which knows of no notes
end
if kind == 'other' and is_over then
  return { 'not_armed', '', '' }
elseif kind == 'other' then
  return once.decide(update, { 'no_text', id, '' })
end

local thread = ARGV[11] or ''
local of_topic = thread ~= '' and topics.conversation_of(chat, thread)
local is_elsewhere = of_topic and of_topic ~= id or nil

local function give()
  if is_over then
    return 'over'
  end
  local is_kept = kept_notes.add(id, chat .. ':' .. message, {
    author = operator,
    name = name,
    speaks_as = ARGV[10],
    text = ARGV[7],
    html = ARGV[8],
    at_s = ARGV[9],
    is_forward = kind == 'forward',
    thread = thread,
    is_elsewhere = is_elsewhere,
  })
  return is_kept and 'given' or 'full'
end

local result = give()
local can_be_sent = result == 'given' and kind == 'text' and not is_elsewhere
return once.decide(update, { result, id, armed_notes.have_given(operator, message) or '', can_be_sent and '1' or '' })
