-- A phone's place on the timetable: when it is looked at next, and in which class. It is written once, at
-- the end of the call.
local clock, hash, integer, isolate, urgency = require 'lua'
local places = require 'phones'
local keys = require 'model'

local timetable = {}

-- Until when what is to be drawn anew is held after a failure. What lies further ahead than it can
-- was written before Redis's clock was set back.
timetable.LONGEST_EDIT_HOLD_MS = 30000
function timetable.held_until(score)
  local at = score % 1e14
  return at <= clock.ms() + timetable.LONGEST_EDIT_HOLD_MS and at or 0
end

-- A board is touched when nothing has been sent there for so long: what comes, comes seldom alone, and
-- would have to wait for it.
local BOARD_AFTER_MS = 2000

local moments, chats, idle -- when which phones are looked at, as this call has it; which are not

function timetable.begin()
  moments, chats, idle = {}, {}, {}
end

-- Let a phone stand on the timetable once: in the class of what is most urgent for it, by when it
-- may be looked at. A phone with nothing to come is forgotten.
function timetable.stand(chat, at)
  if not moments[chat] then
    chats[#chats + 1] = chat
  end
  moments[chat] = at
end

-- Let it stand where it is, until it is looked at by another call, or nowhere.
function timetable.leave(chat)
  moments[chat] = nil
end

-- Its class and its moment; no class if there is nothing to come.
local function place_of(chat, at)
  local key, asked_at = keys.chat .. chat, at
  local _, news = places.first(keys.outbox .. chat)
  local _, drawing = places.first(keys.redraws .. chat)
  local first = math.min(tonumber(news or 'inf'), tonumber(drawing or 'inf'))
  local class, old = first < math.huge and urgency.class_of(first) or nil, hash.get(key, 'class')
  local nudge = hash.get(key, 'nudge_class')
  if nudge and (not class or urgency.RANK[nudge] <= urgency.RANK[class]) then
    class = nudge
  elseif class == 'edits' then -- its first may be held after a failure
    at = math.max(at, tonumber(hash.get(key, 'edits_at_ms') or 0), timetable.held_until(first))
  end
  local topics, others = hash.get(key, 'topics_class'), class
  if topics then
    local topics_at = math.max(asked_at, tonumber(hash.get(key, 'topics_at_ms') or 0))
    if not class or urgency.RANK[topics] <= urgency.RANK[class] and topics_at < at + 1 then
      class, at = topics, topics_at
    end
  end
  local board_at = not others and tonumber(hash.get(key, 'board_at_ms') or nil)
  if board_at then
    local sent_ms = tonumber(hash.get(key, 'next_at_ms') or 0)
    board_at = math.max(asked_at, board_at, sent_ms > 0 and sent_ms + BOARD_AFTER_MS or 0)
    if not class or board_at < at then -- topics may pause for a day
      class, at = 'boards', board_at
    end
  end
  if not class and hash.exists(key) then
    hash.delete(key)
  elseif class ~= old then
    hash.set(key, 'class', class)
  end
  return class, at, old
end

local MOST_ARGUMENTS = 1000
local function call_with(command, arguments)
  for class, of in pairs(arguments) do
    for from = 1, #of, MOST_ARGUMENTS do
      redis.call(command, keys.timetable .. class, unpack(of, from, math.min(from + MOST_ARGUMENTS - 1, #of)))
    end
  end
end

-- Write down where phones stand. One that cannot be read is looked at soon, by who can say so. Returns
-- the classes in which some stand now.
function timetable.write()
  local added, removed = {}, {}
  for _, chat in ipairs(chats) do
    if moments[chat] then
      local went_well, class, at, old = pcall(place_of, chat, moments[chat])
      if not went_well then
        isolate.reason_of(class)
        class, at, old = 'normal', clock.ms() + isolate.WRONG_TYPE_PAUSE_MS, nil
      end
      idle[chat] = not class or class == 'boards'
      if class then
        local list = added[class] or {}
        added[class] = list
        list[#list + 1], list[#list + 2] = integer(at), chat
      end
      if old and old ~= class then
        local list = removed[old] or {}
        removed[old] = list
        list[#list + 1] = chat
      end
    end
  end
  moments, chats = {}, {}
  call_with('ZADD', added)
  call_with('ZREM', removed)
  return added
end

function timetable.finish()
  timetable.write()
end

-- Whether nothing is to come for a phone, as it was written down in this call.
function timetable.is_idle(chat)
  return idle[chat]
end

-- Let a phone's cards not be drawn anew before that.
function timetable.hold_edits(chat, until_ms)
  local key = keys.chat .. chat
  if until_ms > tonumber(hash.get(key, 'edits_at_ms') or 0) and hash.exists(key) then
    hash.set(key, 'edits_at_ms', until_ms)
  end
end

-- Something is new for a phone: whoever has its lease, or its next moment, is waited for.
function timetable.something_new(chat)
  local phone = hash.now(keys.chat .. chat)
  timetable.stand(chat, math.max(tonumber(phone.next_at_ms or 0), tonumber(phone.lease_until_ms or 0)))
end

local function add(place, chat, id, score)
  if not next(hash.now(keys.chat .. chat)) then -- nothing is to come there: that need not be read
    places.note_empty(keys.outbox .. chat)
    places.note_empty(keys.redraws .. chat)
  end
  places.add(place .. chat, score, id)
  timetable.something_new(chat)
end

-- Let a conversation stand in a phone's outbox, unless it stands there further ahead.
function timetable.line_up(chat, id, score)
  add(keys.outbox, chat, id, score)
end

-- The same among its redraws.
function timetable.line_up_redraw(chat, id, score)
  add(keys.redraws, chat, id, score)
end

-- Let a conversation stand at another place in all outboxes that it stands in.
function timetable.reorder(id, score)
  local phones = hash.fields(keys.copies .. id)
  for _, chat in ipairs(hash.fields(keys.cursor .. id)) do
    table.insert(phones, chat)
  end
  for _, chat in ipairs(phones) do
    if redis.call('ZSCORE', keys.outbox .. chat, id) then
      places.move(keys.outbox .. chat, score, id)
      timetable.something_new(chat)
    end
  end
end

-- A dispatcher is done with a phone that it had a lease of: it is looked at again after the pause, but
-- not before `next_at_ms` or before Telegram takes something for it again.
function timetable.end_lease(chat, next_at_ms)
  hash.remove(keys.chat .. chat, 'lease', 'lease_until_ms')
  hash.set(keys.chat .. chat, 'next_at_ms', next_at_ms)
  timetable.stand(chat, next_at_ms)
end

-- Whether a dispatcher is sending or drawing something there.
function timetable.has_lease(chat)
  return tonumber(hash.get(keys.chat .. chat, 'lease_until_ms') or 0) > clock.ms()
end

return timetable
