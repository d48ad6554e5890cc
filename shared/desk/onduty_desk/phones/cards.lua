-- Showing a phone what it has not been shown of a conversation.
local conversations, key_lifetimes, transcript = require 'conversations'
local hash, integer = require 'lua'
local copies, deliveries, timetable = require 'phones'
local keys, words = require 'model'

local cards = {}

-- The messages of a round with their places, oldest first; of a flood, only the newest: about what
-- fits into two Telegram messages, by the size of their JSON, of which so much is not text.
local FLOOD, MOST_OF_A_FLOOD, MOST_BYTES, NO_TEXT_BYTES = 200, 60, 7000, 300
local function round_of(id, conversation)
  local key, from = keys.messages .. id, '(' .. (conversation.from_seq or '0')
  if redis.call('ZCOUNT', key, from, '+inf') <= FLOOD then
    return redis.call('ZRANGE', key, from, '+inf', 'BYSCORE', 'WITHSCORES'), false
  end
  local newest = redis.call('ZRANGE', key, '+inf', from, 'BYSCORE', 'REV', 'LIMIT', 0, MOST_OF_A_FLOOD, 'WITHSCORES')
  local round, bytes = {}, 0
  for i = 1, #newest, 2 do
    bytes = bytes + math.max(20, redis.call('STRLEN', keys.message .. newest[i]) - NO_TEXT_BYTES)
    if i > 1 and bytes > MOST_BYTES then
      break
    end
    table.insert(round, 1, newest[i + 1])
    table.insert(round, 1, newest[i])
  end
  return round, true
end

-- What a phone still waited for of a flood before its newest is only counted, on its card: a bounded
-- piece is marked so.
local MOST_MARKED = 500
local function summarise(id, chat, copy, before)
  copy.own_to = copy.card and before - 1 or nil
  local cursor = deliveries.cursor(id, chat)
  if not cursor then
    return
  end
  local older =
    redis.call('ZRANGE', keys.messages .. id, '(' .. cursor, '(' .. integer(before), 'BYSCORE', 'LIMIT', 0, MOST_MARKED)
  for _, message in ipairs(older) do
    if deliveries.state_of(message, chat) == words.delivery.waiting then
      deliveries.mark(message, chat, words.delivery.summarised)
    end
  end
end

-- Let what a phone has not been shown of this round wait for it: all of it, if there is no card, or if
-- it is to come anew. Silently for the operator who has just asked for it.
function cards.show(id, conversation, chat, is_silent, is_anew)
  local copy, first = copies.of(id, chat), nil
  local round, is_flood = round_of(id, conversation)
  local lasts_s = key_lifetimes.lasts_s(id)
  for i = 1, #round, 2 do
    local state = deliveries.state_of(round[i], chat)
    local is_open = state == words.delivery.waiting or state == words.delivery.attempting
    -- A card that rang by a newer message has been drawn with it, or will be when it arrives.
    local is_on_card = deliveries.is_sent(state) or not is_open and tonumber(round[i + 1]) <= (copy.own_to or 0)
    local is_there = copy.card and not is_anew and is_on_card
    if not is_there then
      first = first or tonumber(round[i + 1])
      if not is_open then
        deliveries.wait(round[i], chat, lasts_s)
      end
    end
  end
  if first and is_flood then
    summarise(id, chat, copy, first)
  end
  if first then
    deliveries.move_cursor(id, chat, first - 1)
    hash.expire(keys.cursor .. id, lasts_s)
    copy.quiet_seq, copy.silent = nil, is_silent or nil
    copies.keep(id, chat, copy)
    timetable.line_up(chat, id, conversations.score(conversation))
  end
end

-- The same as a new card, which takes the place of the one there is: at the bottom, be it silently.
function cards.show_anew(id, conversation, chat, is_silent)
  local copy = copies.of(id, chat)
  copy.anew = copy.card and true
  copies.forget_failures(copy)
  copies.keep(id, chat, copy)
  cards.show(id, conversation, chat, is_silent, true)
end

-- Ring a phone by a new card in the place of the one it may have: it is sent with the newest message, and
-- drawn with the others.
function cards.ring_by_newest(id, conversation, chat)
  local copy = copies.of(id, chat)
  local newest = deliveries.newest(id, conversation, {}, 1)[1]
  if not newest then
    cards.show(id, conversation, chat)
    return
  end
  local lasts_s = key_lifetimes.lasts_s(id)
  deliveries.wait(newest, chat, lasts_s)
  local before = transcript.seq_of(id, newest) - 1
  deliveries.move_cursor(id, chat, math.min(before, tonumber(deliveries.cursor(id, chat) or before)))
  hash.expire(keys.cursor .. id, lasts_s)
  copy.anew, copy.silent = copy.card and true, nil
  copies.forget_failures(copy)
  copies.keep(id, chat, copy)
  timetable.line_up(chat, id, conversations.score(conversation))
end

-- Ring a phone once more; one that has no card is shown all of it.
function cards.ring_again(id, conversation, chat)
  if copies.of(id, chat).card then
    cards.ring_by_newest(id, conversation, chat)
  else
    cards.show(id, conversation, chat)
  end
end

-- What nobody was on duty for can be read from now on; what routing has yet to offer to all stays
-- with routing, which rings a phone with the others.
function cards.offer_what_waits(id, conversation)
  if not redis.call('ZSCORE', keys.accepted, id) then
    conversations.write(id, { offered_seq = conversation.last_seq })
  end
end

-- Show a phone all that waits of a conversation.
function cards.show_waiting(id, conversation, chat, is_silent)
  cards.offer_what_waits(id, conversation)
  cards.show(id, conversation, chat, is_silent)
end

return cards
