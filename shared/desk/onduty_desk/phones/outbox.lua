-- What waits in a phone's outbox.
local conversations, ownership, transcript = require 'conversations'
local hash, integer = require 'lua'
local copies, deliveries, edits, fan_out, notes, places = require 'phones'
local operators = require 'roster'
local keys, words = require 'model'

local outbox = {}

-- Leave a conversation's place in a phone's outbox as what the phone still waits for wants it. Returns
-- whether it waits for any message.
function outbox.tidy(id, chat)
  local next_message = deliveries.pending(id, chat, 1, '+inf')[1]
  if next_message then
    deliveries.move_cursor(id, chat, transcript.seq_of(id, next_message) - 1)
    return true
  end
  hash.remove(keys.cursor .. id, chat)
  local copy = copies.of(id, chat)
  if copy.silent or copy.anew then
    copy.silent, copy.anew = nil, nil
    copies.keep(id, chat, copy)
  end
  if not copy.note then
    places.remove(keys.outbox .. chat, id)
  end
end

-- A follow-up that does not ring: the phone's card is drawn anew with it.
function outbox.keep_quiet(id, chat, copy, messages)
  for _, message in ipairs(messages) do
    deliveries.mark(message, chat, words.delivery.quiet)
    copy.quiet_seq = copy.quiet_seq or transcript.seq_of(id, message)
  end
  copy.version = -1 -- its card may have been sent after these came, and without them
  copies.keep(id, chat, copy)
  edits.request(id, chat)
end

-- What came without a ring waits now with the rest. Returns the first message of all of it.
function outbox.no_longer_quiet(id, chat, copy)
  local quiet = redis.call('ZRANGE', keys.messages .. id, copy.quiet_seq, '+inf', 'BYSCORE')
  for _, message in ipairs(quiet) do
    if deliveries.state_of(message, chat) == words.delivery.quiet then
      deliveries.mark(message, chat, words.delivery.waiting)
    end
  end
  local cursor = tonumber(deliveries.cursor(id, chat) or copy.quiet_seq)
  deliveries.move_cursor(id, chat, math.min(cursor, copy.quiet_seq - 1))
  copy.quiet_seq = nil
  copies.keep(id, chat, copy)
end

-- Take a conversation out of a phone's outbox, at most `most` messages of it: what only this
-- phone had is offered anew; what its owner does not get any more, waits for all.
function outbox.withdraw(id, chat, most)
  local conversation = conversations.read(id)
  operators.mend_list(chat, conversation.group)
  local messages = deliveries.pending(id, chat, most, '+inf')
  local first
  for _, message in ipairs(messages) do
    deliveries.mark(message, chat, words.delivery.withdrawn)
    if not first and not deliveries.someone_else_has(message, chat) then
      first = transcript.seq_of(id, message)
    end
  end
  local copy = copies.of(id, chat)
  local knows_nothing = #messages > 0 or copy.note == words.note.passed
  local is_for_anyone = notes.ARE_FOR_ANYONE[copy.note or '']
  copy.silent, copy.anew = copy.note == words.note.found and copy.silent or nil, nil
  if not is_for_anyone or not operators.is_on_duty(chat) then
    copy.note = nil
  end
  copies.keep(id, chat, copy)
  local is_theirs = conversation.state == words.state.claimed and conversation.owner == chat
  if knows_nothing and is_theirs and not conversation.pass_to then -- a colleague is asked to take it
    ownership.release(id, conversation, words.reason.off_duty)
  elseif first and conversation.state == words.state.waiting then
    if tonumber(conversation.offered_seq) >= first then
      conversations.write(id, { offered_seq = integer(first - 1) })
    end
    conversations.let_route(id, conversation)
  end
  outbox.tidy(id, chat)
  fan_out.end_of(id) -- the last one that had not got a card gets none
end

return outbox
