-- An operator's words go to a customer: whether they may, and what follows for who owns the conversation.
local assignment_rules, assignment, conversations, lease, ownership, transcript = require 'conversations'
local clock, integer = require 'lua'
local nudges = require 'nudges'
local copies, deliveries, edits, wake = require 'phones'
local delays, replies = require 'replies'
local operators = require 'roster'
local keys, words = require 'model'

local answer_rules = {}

-- Make the conversation theirs, unless it is, or say why not. `way` is what they have agreed to: to take
-- it over from `over`, or to reopen it. Who is asked to take it, accepts it by answering. Returns an
-- answer, a name or a number, and for how many ms the customer had waited.
function answer_rules.let(rules, id, operator, name, way, over)
  local conversation = conversations.read(id)
  if not conversation.group then
    return words.answer.unknown, ''
  elseif not operators.is_on_duty(operator) then
    return words.answer.off_duty, ''
  elseif not operators.is_member(operator, conversation.group) then
    return words.answer.other_group, ''
  end
  local state = conversation.state
  local is_waiting = state == words.state.waiting
  if state == words.state.claimed and conversation.owner == operator then
    return words.answer.sent, ''
  elseif state == words.state.closed and conversation.closed_by ~= operator then
    return words.answer.is_closed, ''
  elseif state == words.state.closed and way ~= 'reopen' then
    return words.answer.may_reopen, ''
  end
  local kept_for, is_asked = assignment_rules.kept_for(conversation), conversation.pass_to == operator
  if kept_for and kept_for ~= operator then
    return words.answer.asks, conversation.pass_to_name
  elseif state == words.state.claimed and not is_asked and (way ~= 'take_over' or over ~= conversation.owner) then
    return words.answer.taken, conversation.owner_name, conversation.owner
  end
  if is_asked then
    assignment.note_answer(operator)
  end
  local accepts = is_asked and not assignment_rules.is_offered(conversation) or nil
  local why_full, most = ownership.claim(rules, id, conversation, operator, name, accepts)
  if why_full then
    return why_full, most -- as the answer to a tap
  end
  local waited_ms = clock.ms() - tonumber(conversation.waiting_since_ms or clock.ms())
  return words.answer.sent, '', is_waiting and math.max(0, waited_ms) or nil
end

-- The operator has answered; the cards show it.
local function done(rules, id, chat)
  nudges.see(rules, chat)
  lease.answer(rules, id, conversations.read(id))
  if edits.next(conversations.read(id), copies.of(id, chat), chat) then
    edits.request(id, chat, 'urgent')
  end
  wake.dispatchers()
end

-- Send an answer that may go, at once or later. For the lease and the cards the customer is answered by now.
-- Returns an answer, and of what is sent later in how many ms, else ''.
function answer_rules.send(rules, id, chat, place)
  local delay_ms = delays.delay(rules, id, place)
  if not delay_ms then
    replies.send(place, words.event.reply_sent)
  elseif not conversations.read(id).answered then
    redis.call('HSET', keys.reply .. place, 'is_last_word', '1')
  end
  done(rules, id, chat)
  return delay_ms and words.answer.delayed or words.answer.sent, delay_ms and integer(delay_ms) or ''
end

-- A delayed answer is taken back. If nothing else has answered the customer, they wait as before.
function answer_rules.take_back(rules, place, reply)
  local id = reply.conversation
  local behind = delays.take_back(id, place, reply)
  if reply.is_last_word and behind then
    redis.call('HSET', keys.reply .. behind, 'is_last_word', '1')
  elseif reply.is_last_word then
    local conversation = conversations.read(id)
    if conversation.answered and conversation.owner == reply.author then
      lease.hear(rules, id, conversation)
    end
  end
  wake.dispatchers()
end

local function text_of(message)
  local is_json, fields = pcall(cjson.decode, redis.call('GET', keys.message .. message) or '')
  return is_json and type(fields) == 'table' and type(fields.text) == 'string' and fields.text or ''
end

-- Which customer message a Telegram message shows, as JSON, with the words of it that were quoted; nil if
-- it shows several, and the quote does not tell which.
local MOST_READ = 50
function answer_rules.about(id, chat, shown, quote)
  local found, quoted = {}, {}
  for _, message in ipairs(transcript.newest(id, '+inf', '-inf', MOST_READ)) do
    local state = deliveries.state_of(message, chat)
    if deliveries.is_sent(state) and string.find(string.sub(state, 5) .. ',', '[ ,]' .. shown .. ',') then
      table.insert(found, message)
      if quote ~= '' and string.find(text_of(message), quote, 1, true) then
        table.insert(quoted, message)
      end
    end
  end
  if #quoted == 1 then
    return cjson.encode({ message_id = quoted[1], quote = quote })
  elseif #found == 1 then
    return cjson.encode({ message_id = found[1] })
  end
end

return answer_rules
