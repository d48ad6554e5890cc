-- Which messages of a conversation wait for which phones: its audience of now.
local availability, unattended = require 'availability'
local assignment_rules, assignment, audience, conversations = require 'conversations'
local deadlines, key_lifetimes = require 'conversations'
local people_clock, operators_rung, transcript, waves = require 'conversations'
local failed = require 'failures'
local hash, integer, isolate, urgency = require 'lua'
local cards, copies, deliveries, edits, timetable = require 'phones'
local keys, words = require 'model'

local waiting_messages = {}

-- The time in which only its last owner was told is over, or they have gone: the others get all of it.
function waiting_messages.offer_to_others(id, conversation)
  local from = conversation.from_seq or '0'
  conversations.clear(id, 'first_until_ms')
  conversations.write(id, { offered_seq = from })
  deadlines.stand(id)
end

-- The conversation waits again, or is more urgent: ring by a card, in the place of the one that a phone has. That
-- it waits, whom a colleague has asked meanwhile knows by that.
local function ring_again(id, conversation, chats)
  local asked = not urgency.RANK[conversation.ring] and conversation.pass_to
  for _, chat in ipairs(chats) do
    if chat ~= conversation.ring_except and chat ~= asked then
      cards.ring_again(id, conversation, chat)
    end
  end
  conversations.clear(id, 'ring', 'ring_except')
end

-- To those who have a card and are not rung it is not sent; the card shows what is new.
local function show_to_others(id, conversation, everybody)
  local are_all = not assignment_rules.is(conversation) and not operators_rung.some(conversation)
  if are_all and not conversation.declined then
    return
  end
  local are_told = {}
  for _, chat in ipairs(everybody) do
    are_told[chat] = true
  end
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    local copy = copies.of(id, chat)
    if copy.card and not are_told[chat] then
      copy.version = -1
      copies.keep(id, chat, copy)
      edits.request(id, chat)
    end
  end
end

-- Those who are offered something by one call, at most `most` of all, and whether they are the last.
local function part_of(everybody, conversation, most)
  if #everybody <= most then
    return everybody, true
  end
  local before = 0
  for place, chat in ipairs(everybody) do
    if chat == conversation.offered_to then
      before = place
    end
  end
  local upto = math.min(before + most, #everybody)
  return { unpack(everybody, before + 1, upto) }, upto == #everybody
end

-- Offer up to `most` deliveries of a conversation's new messages to those who are told of it.
-- Returns what is left, 'done', 'more' (call again) or 'nobody' (it waits), and how many were
-- offered.
function waiting_messages.offer(id, most)
  local cursors = keys.cursor .. id
  local conversation = conversations.read(id)
  local until_ms = tonumber(conversation.first_until_ms)
  local is_awaited = until_ms and availability.is_available(audience.first(conversation), conversation.group)
  if until_ms and not (is_awaited and until_ms > people_clock.ms()) then
    waiting_messages.offer_to_others(id, conversation)
    conversation = conversations.read(id)
  end
  if not conversation.first_until_ms then
    waves.prepare(id, conversation)
    assignment.prepare(id, conversation)
    conversation = conversations.read(id)
  end
  local offered, last = tonumber(conversation.offered_seq), tonumber(conversation.last_seq)
  if not offered or offered >= last or conversation.state == words.state.closed then
    return 'done', 0
  end
  local everybody = audience.of(conversation)
  if assignment.waits_in_line(conversation) then
    conversations.write(id, { offered_seq = conversation.last_seq })
    show_to_others(id, conversation, {})
  end
  if #everybody == 0 then
    conversations.clear(id, 'ring', 'ring_except') -- who comes on is shown what waits
    unattended.note(id, conversation)
    return 'nobody', 0
  end
  local chats, are_last = part_of(everybody, conversation, most)
  local score = conversations.score(conversation)
  local take = math.max(1, math.floor(most / #everybody))
  local from = '(' .. integer(offered)
  local messages, lasts_s = transcript.between(id, from, '+inf', take), key_lifetimes.lasts_s(id)
  local news = {} -- chat → the place before the first message that is new for it
  for i = 1, #messages, 2 do
    deliveries.let_wait(messages[i], chats, offered, news, lasts_s)
    offered = tonumber(messages[i + 1])
  end
  hash.read_ahead(cursors, chats)
  copies.read_ahead(id, chats)
  local function line_up(chat)
    local cursor = tonumber(deliveries.cursor(id, chat))
    if not cursor or cursor > news[chat] then
      deliveries.move_cursor(id, chat, news[chat])
    end
    copies.ring_after_all(id, chat)
    timetable.line_up(chat, id, score)
  end
  for _, chat in ipairs(chats) do
    local went_well, raised = pcall(function()
      return news[chat] and line_up(chat)
    end)
    local reason = not went_well and isolate.reason_of(raised)
    if reason and isolate.is_of_wrong_type(reason) then
      error(raised, 0) -- all of it again, when that key is out of the way
    elseif reason then -- what is known of this phone is broken, and of no other
      failed.record('phone-' .. chat, { kind = 'phone', chat = chat, conversation = id, reason = reason })
    end
  end
  hash.expire(cursors, lasts_s)
  if not are_last then
    conversations.write(id, { offered_to = chats[#chats] })
    return 'more', #chats
  elseif #messages == 0 then
    offered = last -- the messages themselves have expired
  end
  conversations.write(id, { offered_seq = integer(offered) })
  if offered < last then
    return 'more', #messages / 2 * #chats
  end
  show_to_others(id, conversation, everybody)
  if conversation.ring and not conversation.first_until_ms then
    ring_again(id, conversation, everybody)
  end
  return 'done', #messages / 2 * #chats
end

return waiting_messages
