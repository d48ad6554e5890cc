-- Take phones that are due, each under a lease, with what is to be done there next.
--
-- ARGV: rules, lease token, lease in ms, most phones, most messages a card, gap between sends and
-- gap within a chat in µs.
-- Returns { ms until there is more to take or -1, ms until there is a slot of the shared pace or -1,
--   now in µs, '1' if Telegram is away (then nothing is taken) or '0', the phones taken, each as
--   { chat, conversation, language, chat id to send to, slot in µs, what to do, attempt as JSON or
--     '', the view as JSON, message ids, their JSONs, its class, since when it was due in ms },
--   what was set aside, by its id in the failed list, what keys of a wrong type have said }
--
-- What to do is a step (see model/words.py); the messages are those that it sends or shows. The view
-- (see phones/view.py) is what the phone should show of the conversation now.
--
-- A phone whose operator has gone off duty is not sent to: its outbox is withdrawn here, a bounded
-- piece a call; its cards are still drawn. An attempt that a sender began and never settled is
-- handed out again as it was. What breaks at one phone, or about one conversation there, is set aside
-- alone.
local availability = require 'availability'
local failed = require 'failures'
local next_board = require 'boards'
local clock, hash, integer, isolate, urgency = require 'lua'
local aside, copies, deliveries, outbox, places, timetable = require 'phones'
local attempts, card_view, next_step, summary = require 'phones/steps'
local operators = require 'roster'
local pace, reach = require 'telegram'
local keys, words = require 'model'

local rules = cjson.decode(ARGV[1])
local token, lease_ms, most, most_messages = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local gap, chat_gap = tonumber(ARGV[6]), tonumber(ARGV[7])
local micros = clock.us()
local now = math.floor(micros / 1000)
card_view.let_topics(rules.topics)
if reach.is_away() then
  return { '1000', '-1', integer(micros), '1', {}, {}, {} }
end
local LOOK_AHEAD_US = 120000 -- slots are reserved this far ahead, so that nearly all are used
local COST_NO_SLOT = { [words.step.delete] = true, [words.step.delete_board] = true, [words.step.delete_topic] = true }
local ENOUGH_FOR_A_CARD = 65536 -- bytes of JSON; a Telegram message holds 4096 characters

-- The moment at which the first phone of a class is looked at, or nil.
local function first_moment(class)
  return tonumber(redis.call('ZRANGE', keys.timetable .. class, 0, 0, 'WITHSCORES')[2] or nil)
end

-- When the first phone of each class is looked at, and the soonest of them.
local firsts, soonest, timetables = {}, math.huge, {}
for _, class in ipairs(urgency.CLASSES) do
  table.insert(timetables, keys.timetable .. class)
end
if redis.call('EXISTS', unpack(timetables)) == 0 then
  return { '-1', '-1', integer(micros), '0', {}, {}, {} }
end
for _, class in ipairs(urgency.CLASSES) do
  firsts[class] = first_moment(class)
  soonest = math.min(soonest, firsts[class] or math.huge)
end
if soonest > now then
  return { soonest < math.huge and integer(soonest - now) or '-1', '-1', integer(micros), '0', {}, {}, {} }
end

local turn = tonumber(redis.call('GET', keys.pace_turn) or 0)
local is_anybody_behind = redis.call('EXISTS', keys.behind) == 1

-- Urgent first, with a share for the others, so that none starves. That of boards is a fifth of the
-- share of edits: they cost cards nothing.
local function order()
  if turn % 50 == 44 then
    return { 'boards', 'edits', 'urgent', 'normal', 'low' }
  elseif turn % 10 == 9 then
    return { 'low', 'normal', 'urgent', 'edits', 'boards' }
  elseif turn % 10 == 4 then
    return { 'edits', 'urgent', 'normal', 'low', 'boards' }
  elseif turn % 5 == 2 then
    return { 'normal', 'urgent', 'low', 'edits', 'boards' }
  end
  return urgency.CLASSES
end

-- Not more is read than there are slots for, and some phones that turn out not to be free.
local first_slot = pace.next_slot(micros, LOOK_AHEAD_US, gap)
local slots = first_slot and math.floor((micros + LOOK_AHEAD_US - first_slot) / gap) + 1 or 0
local read = math.min(most, slots + 10)

local due, since, at, others = {}, {}, {}, 0
-- Of boards those that the others leave slots for; one, should it become their turn.
local function most_of(class)
  if class ~= 'boards' or others == 0 then
    return read
  end
  return math.max(slots - others, (44 - turn) % 50 < slots and 1 or 0)
end
for _, class in ipairs(urgency.CLASSES) do
  local is_due = firsts[class] and firsts[class] <= now
  due[class] = {}
  if is_due then
    local most_due = most_of(class)
    local found =
      redis.call('ZRANGE', keys.timetable .. class, '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, most_due, 'WITHSCORES')
    for i = 1, #found, 2 do
      table.insert(due[class], found[i])
      -- A phone to which nothing was sent of late stands at 0: it is due since now.
      since[found[i]] = found[i + 1] ~= '0' and found[i + 1] or integer(now)
    end
  end
  at[class], others = 0, others + #due[class]
end
-- Read for many phones at once what is looked at for each.
local function read_ahead()
  local chats, chats_of = {}, {}
  for _, class in ipairs(urgency.CLASSES) do
    for _, chat in ipairs(due[class]) do
      table.insert(chats, chat)
      local can_be_read, id = pcall(places.first, keys.outbox .. chat)
      if can_be_read and id then
        chats_of[id] = chats_of[id] or {}
        table.insert(chats_of[id], chat)
      end
    end
  end
  pace.read_ahead(chats)
  for id, of in pairs(chats_of) do
    copies.read_ahead(id, of)
    isolate.call(deliveries.read_ahead, id, of)
  end
end
read_ahead()

local function next_due()
  for _, class in ipairs(order()) do
    if at[class] < #due[class] then
      at[class] = at[class] + 1
      return due[class][at[class]], class
    end
  end
end

local texts = {} -- by message
local function text_of(message)
  texts[message] = texts[message] or redis.call('GET', keys.message .. message) or ''
  return texts[message]
end

local function texts_of(messages, is_whole)
  local ids, jsons, size = {}, {}, 0
  for _, message in ipairs(messages) do
    local json = text_of(message)
    size = size + #json
    if #ids > 0 and not is_whole and size > ENOUGH_FOR_A_CARD then
      break
    end
    table.insert(ids, message)
    table.insert(jsons, json)
  end
  return ids, jsons
end

local taken, wait_ms = {}, nil

-- A phone, or a step there, cannot be read: it is looked at again when the key that is of a wrong type
-- is out of the way; anything else is set aside.
local function put_off_or_aside(chat, class, step, reason)
  if isolate.is_of_wrong_type(reason) then
    isolate.note_wrong_type(reason)
    timetable.leave(chat)
    redis.call('ZADD', keys.timetable .. class, integer(now + isolate.WRONG_TYPE_PAUSE_MS), chat)
  elseif step then
    aside.step(chat, step.id, step.what, step.messages, reason)
    timetable.stand(chat, now)
  else
    aside.phone(chat, reason)
  end
end

-- Take one phone, if it has a step and a slot. Returns for how many looks that counts.
local function take(chat, class)
  hash.now(keys.chat .. chat)
  local is_on, chat_id = operators.read(chat)
  if
    is_anybody_behind
    and redis.call('ZREM', keys.behind, chat) == 1
    and is_on
    and not availability.is_paused(chat)
  then
    summary.catch_up(chat)
  end
  local attempt = not is_on and attempts.of(chat)
  if attempt then
    attempts.withdraw(chat, attempt)
  end
  local left = not is_on and places.first(keys.outbox .. chat)
  if left then
    outbox.withdraw(left, chat, 50)
    timetable.stand(chat, now)
    return math.floor(most / 5) -- a long piece of work: ten of them a call
  end
  local step, held_ms
  if class == 'boards' then
    step, held_ms = next_board.of(chat, token, is_on)
  else
    step, held_ms = next_step.of(rules, chat, token, class, is_on, turn, most_messages, gap)
  end
  if not step then
    timetable.stand(chat, held_ms < math.huge and held_ms or now)
    return 1
  end
  local slot, wait, is_chat
  if COST_NO_SLOT[step.what] then
    slot, wait, is_chat = pace.unless_refused(chat, micros)
  else
    slot, wait, is_chat = pace.reserve(chat, micros, LOOK_AHEAD_US, gap, chat_gap)
  end
  if is_chat then
    timetable.stand(chat, now + math.ceil(wait / 1000))
  elseif not slot then
    wait_ms = math.ceil((wait + LOOK_AHEAD_US / 4) / 1000) -- slots are taken several at once
  else
    local went_well, ids, jsons = pcall(texts_of, step.messages, step.attempt or step.is_whole)
    if not went_well then
      put_off_or_aside(chat, class, step, isolate.reason_of(ids))
      return 1
    end
    if step.begin then
      step.begin()
    end
    hash.set(keys.chat .. chat, 'lease', token)
    hash.set(keys.chat .. chat, 'lease_until_ms', now + lease_ms)
    timetable.stand(chat, now + lease_ms)
    table.insert(taken, {
      chat,
      step.id,
      is_on or step.copy.language or '',
      chat_id or chat,
      integer(slot),
      step.what,
      step.attempt or '',
      step.view or card_view.of(chat, step, is_on),
      ids,
      jsons,
      class,
      since[chat],
    })
    turn = turn + 1
  end
  return 1
end

local looked_at = 0
while #taken < most and looked_at < 2 * most and not wait_ms do
  local chat, class = next_due()
  if not chat then
    break
  end
  local went_well, looks = pcall(take, chat, class)
  if not went_well then
    put_off_or_aside(chat, class, nil, isolate.reason_of(looks))
  end
  looked_at = looked_at + (went_well and looks or 1)
end

if #taken > 0 then
  redis.call('SET', keys.pace_turn, turn % 50, 'PX', 60000)
end
soonest = math.huge
local has_changed = timetable.write()
for _, class in ipairs(urgency.CLASSES) do
  local first = firsts[class]
  if #due[class] > 0 or has_changed[class] then
    first = first_moment(class)
  end
  soonest = math.min(soonest, first or math.huge)
end
return {
  soonest < math.huge and integer(math.max(wait_ms or 0, soonest - now)) or '-1',
  integer(wait_ms or -1),
  integer(micros),
  '0',
  taken,
  failed.recorded,
  isolate.wrong_types,
}
