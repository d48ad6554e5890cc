-- A conversation is forgotten: what phones show of it is removed under another name, `removal`, as copies of a
-- closed conversation that have nothing but messages to be removed.
local clock, hash = require 'lua'
local copies, deliveries, edits, places = require 'phones'
local attempts = require 'phones/steps'
local keys, words = require 'model'

local removing = {}

-- A phone that nothing can be removed from for so long is left as it is.
removing.KEPT_S = 7 * 86400

local LISTS = { 'parts', 'bubbles', 'strip', 'remove', 'shorten' }
local SINGLE = { 'card', 'told', 'nudge', 'call', 'moved' }

-- A tap on it finds nothing any more.
local function forget_place(chat, message)
  local place = chat .. ':' .. message
  redis.call('DEL', keys.card .. place, keys.list .. place)
end

-- Remove a Telegram message, or make one line of it.
local function add(removal, chat, message)
  local copy = copies.of(removal, chat)
  copies.remove_later(copy, message)
  copies.keep(removal, chat, copy)
  forget_place(chat, message)
end

-- What has come since is removed, too.
function removing.late(removal, chat, message)
  local copy = copies.of(removal, chat)
  copy.since_ms = copy.since_ms or clock.ms()
  copies.keep(removal, chat, copy)
  add(removal, chat, message)
  edits.request(removal, chat)
end

-- The rows of a nudge keep their numbers: in the place of its id stands the other name.
local function rename_rows(id, removal, chat)
  local rows = hash.get(keys.nudge .. chat, 'rows')
  local message = hash.get(keys.nudge .. chat, 'message')
  local known = rows and cjson.decode(rows) or {}
  for number, one in ipairs(known) do
    known[number] = one == id and removal or one
  end
  if #known > 0 then
    hash.set(keys.nudge .. chat, 'rows', cjson.encode(known))
  end
  if message and redis.call('EXISTS', keys.list .. chat .. ':' .. message) == 1 then
    redis.call('SET', keys.list .. chat .. ':' .. message, cjson.encode(known), 'KEEPTTL')
  end
end

-- Nothing of it waits for a phone any more.
local function empty(id, removal, chat)
  rename_rows(id, removal, chat)
  local attempt = attempts.of(chat)
  if attempt and attempt.conversation == id then
    hash.remove(keys.chat .. chat, 'attempt')
  end
  redis.call('DEL', keys.trouble .. chat .. ':' .. id)
  places.remove(keys.outbox .. chat, id)
  places.remove(keys.redraws .. chat, id)
  for _, key in ipairs({ keys.shown, keys.silent }) do
    redis.call('ZREM', key .. chat, id)
  end
end

-- What a phone shows is of the other name from now on.
local function take_copy(id, removal, chat)
  local copy = copies.of(id, chat)
  local rest = copies.of(removal, chat)
  rest.since_ms, rest.language = copy.since_ms, copy.language
  for _, field in ipairs(LISTS) do
    for _, message in ipairs(copy[field] or {}) do
      copies.remove_later(rest, message)
    end
  end
  for _, field in ipairs(SINGLE) do
    if copy[field] then
      copies.remove_later(rest, copy[field])
    end
  end
  if copy.shorten then
    rest.since_ms = nil
  end
  copies.keep(removal, chat, rest)
  for _, message in ipairs(rest.remove or {}) do
    forget_place(chat, message)
  end
  edits.request(removal, chat)
end

-- Lists that the bot has sent name it, too.
local function take_lists(id, removal)
  for _, place in ipairs(redis.call('ZRANGE', keys.listed .. id, 0, -1)) do
    local chat, message = string.match(place, '^(.+):(%d+)$')
    local copy = copies.of(removal, chat)
    copy.since_ms = nil
    copies.keep(removal, chat, copy)
    add(removal, chat, tonumber(message))
    edits.request(removal, chat)
  end
  redis.call('DEL', keys.listed .. id)
end

function removing.take_over(id, removal)
  for _, chat in ipairs(hash.fields(keys.cursor .. id)) do
    empty(id, removal, chat)
  end
  for _, chat in ipairs(hash.fields(keys.copies .. id)) do
    empty(id, removal, chat)
    take_copy(id, removal, chat)
  end
  hash.delete(keys.copies .. id)
  hash.delete(keys.cursor .. id)
  take_lists(id, removal)
end

-- Where a customer's message is on phones that have more to be removed.
function removing.message(removal, message)
  for chat, state in pairs(hash.all(keys.deliveries .. message)) do
    if deliveries.is_sent(state) then
      local is_removed = next(copies.of(removal, chat))
      for number in string.gmatch(string.sub(state, #words.delivery.sent + 1), '%d+') do
        if is_removed then
          add(removal, chat, tonumber(number))
        else
          forget_place(chat, number)
        end
      end
    end
  end
end

return removing
