-- Which conversations an operator is asked about, and what is to be done about the one message that asks.
--
-- It rings when a conversation is new in it, at most once in the time of a nudge; what becomes new sooner
-- is shown without a ring, and rings with the next. What is answered leaves it, and the last takes it away.
local conversations, key_lifetimes, people_clock = require 'conversations'
local clock, hash, integer = require 'lua'
local copies, edits, timetable = require 'phones'
local keys = require 'model'

local nudges = {}

local MOST_ROWS = 10
local MOST_READ = 50
local LOOK_AGAIN_MS = 10000 -- an older version looks at phones too, and knows nothing of nudges

-- The conversations that a phone's operator is asked about, each with when that began, and how many there
-- are in all. What an older version has answered is none any more.
local function asked_about(chat)
  local key, found = keys.silent .. chat, {}
  local silent = redis.call('ZRANGE', key, 0, MOST_READ - 1, 'WITHSCORES')
  for i = 1, #silent, 2 do
    local conversation = conversations.read(silent[i])
    if conversation.nudged and conversation.owner == chat then
      table.insert(found, { id = silent[i], since_ms = tonumber(silent[i + 1]) })
    else
      redis.call('ZREM', key, silent[i])
    end
  end
  return found, #silent < 2 * MOST_READ and #found or redis.call('ZCARD', key)
end

-- The rows of the message: those that have a number in it keep that; new ones are numbered on. Returns
-- the numbers that are shown with how many more there are, as text, and the conversations by number.
local function rows_of(found, total, numbered)
  local is_asked, numbers, by_number = {}, {}, {}
  for _, one in ipairs(found) do
    is_asked[one.id] = true
  end
  for number, id in ipairs(numbered) do
    by_number[number] = id
    if is_asked[id] and #numbers < MOST_ROWS then
      table.insert(numbers, number)
      is_asked[id] = nil
    end
  end
  for _, one in ipairs(found) do
    if is_asked[one.id] and #numbers < MOST_ROWS then
      table.insert(by_number, one.id)
      table.insert(numbers, #by_number)
    end
  end
  return table.concat(numbers, ' ') .. '+' .. integer(total - #numbers), by_number
end

local function decoded(json)
  return json and cjson.decode(json) or {}
end

-- What the message of a phone should be now: nothing; or whether it is to be sent, with a ring or without,
-- or edited, and its rows; and when what has not rung may ring.
function nudges.wanted(chat)
  local nudge, now = hash.now(keys.nudge .. chat), people_clock.ms()
  local found, total = asked_about(chat)
  local newest_ms = -1
  for _, one in ipairs(found) do
    newest_ms = math.max(newest_ms, one.since_ms)
  end
  local has_to_ring = newest_ms > tonumber(nudge.rung_ms or -1)
  local ring_at_ms = tonumber(nudge.ring_at_ms or 0)
  local wanted = { count = #found, ring_at_ms = has_to_ring and ring_at_ms or nil, asked_ms = now }
  wanted.rings = has_to_ring and ring_at_ms <= now
  wanted.is_new = #found > 0 and (wanted.rings or not nudge.message)
  wanted.rows, wanted.by_number = rows_of(found, total, wanted.is_new and {} or decoded(nudge.rows))
  wanted.is_edit = #found > 0 and not wanted.is_new and wanted.rows ~= nudge.shown
  return wanted
end

-- The message goes: it is deleted with what else is to be deleted of a conversation that it was about.
function nudges.take_away(chat, message, ids)
  for _, id in ipairs(ids) do
    if conversations.read(id).group then
      local copy = copies.of(id, chat)
      copies.remove_later(copy, tonumber(message))
      copies.keep(id, chat, copy)
      edits.request(id, chat)
      return
    end
  end
end

-- Let the phone be looked at if something is to be done about its nudge; at once and before others, if its
-- own tap is why. `id` is the conversation that it was just about, if there is one.
function nudges.arrange(chat, is_tapped, id)
  local key, wanted = keys.nudge .. chat, nudges.wanted(chat)
  local class = wanted.is_new and 'normal' or wanted.is_edit and (is_tapped and 'urgent' or 'edits')
  local message = hash.get(key, 'message')
  if wanted.count == 0 and message then
    nudges.take_away(chat, message, id and { id } or decoded(hash.get(key, 'rows')))
    hash.remove(key, 'message', 'rows', 'shown', 'was_shown', 'shown_ms')
  end
  if class then
    hash.set(keys.chat .. chat, 'nudge_class', class)
    timetable.something_new(chat)
  else
    hash.remove(keys.chat .. chat, 'nudge_class')
  end
  if wanted.count == 0 then
    redis.call('ZREM', keys.nudges, chat)
  else
    local again_ms = people_clock.ms() + LOOK_AGAIN_MS
    local at_ms = not class and wanted.ring_at_ms and math.min(again_ms, wanted.ring_at_ms) or again_ms
    redis.call('ZADD', keys.nudges, integer(at_ms), chat)
  end
end

local KEPT_S = 86400 -- a tap is of no use longer than a nudge takes

-- An operator has tapped something: they look at the phone, and what they are asked in the time of a nudge
-- from now needs no ring.
function nudges.see(rules, chat)
  local key, ring_at_ms = keys.nudge .. chat, people_clock.ms() + rules.nudge_ms
  if ring_at_ms > tonumber(hash.get(key, 'ring_at_ms') or 0) then
    hash.set(key, 'ring_at_ms', ring_at_ms)
    if hash.ttl(key) < KEPT_S then
      hash.expire(key, KEPT_S)
    end
  end
end

-- An operator is asked about one more conversation.
function nudges.add(id, chat)
  redis.call('ZADD', keys.silent .. chat, integer(people_clock.ms()), id)
  key_lifetimes.outlast(keys.silent .. chat, id)
  nudges.arrange(chat)
  key_lifetimes.outlast(keys.nudges, id)
end

-- What a customer has written has changed.
function nudges.draw_anew(chat)
  if hash.get(keys.nudge .. chat, 'message') then
    hash.set(keys.nudge .. chat, 'shown', '')
    nudges.arrange(chat)
  end
end

-- They are asked about it no more.
function nudges.drop(id, chat)
  if chat and redis.call('ZREM', keys.silent .. chat, id) == 1 then
    nudges.arrange(chat, false, id)
  end
end

-- They are asked about nothing any more: they have gone off duty, or cannot be asked.
function nudges.drop_all(chat)
  redis.call('DEL', keys.silent .. chat)
  nudges.arrange(chat)
end

local function place_of(number, rows)
  local place = 0
  for shown in string.gmatch(string.match(rows or '', '^[^+]*'), '%d+') do
    place = place + 1
    if shown == number then
      return place
    end
  end
end

-- Whether a tap on a row may have been meant for the one that was in its place before: a row above it has
-- just gone, or its going is being drawn and may be seen before that is written down.
function nudges.has_just_moved(chat, message, number, rest_ms)
  local nudge = hash.now(keys.nudge .. chat)
  if rest_ms == 0 or nudge.message ~= message then
    return false
  end
  local place = place_of(number, nudge.shown)
  if nudge.was_shown and clock.is_within(tonumber(nudge.shown_ms), rest_ms) then
    return place ~= place_of(number, nudge.was_shown)
  end
  return timetable.has_lease(chat) and place ~= place_of(number, nudges.wanted(chat).rows)
end

return nudges
