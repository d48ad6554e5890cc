-- What was written in a conversation, by both sides: a list that the backend may read, one JSON a message, see
-- `onduty.history`. What is edited or taken back is changed there, so that older words are gone.
--
-- `place` never falls along the list: that of the customer's message, or of the newest one before an answer.
local key_lifetimes = require 'conversations'
local json = require 'events'
local clock = require 'lua'
local keys, words = require 'model'

local history = {}

local MOST = 1000 -- see onduty.history
local READ_AT_ONCE = 50

local function key_of(id)
  return keys.public_history .. id
end

function history.now()
  return json.iso(clock.ms())
end

-- Add an entry at the end; of very many the oldest go.
function history.add(id, entry)
  if redis.call('RPUSH', key_of(id), json.of(entry)) > MOST then
    redis.call('LTRIM', key_of(id), -MOST, -1)
  end
end

local function string_of(value)
  return type(value) == 'string' and value or ''
end

local function files_of(message)
  local files = message.attachments
  return type(files) == 'table' and type(files[1]) == 'table' and files or nil
end

-- Add a customer's message, which has this place. What cannot be read, or has expired, is left out.
function history.hear(id, place, message)
  local is_json, said = pcall(cjson.decode, redis.call('GET', keys.message .. message) or '')
  if is_json and type(said) == 'table' then
    history.add(id, {
      kind = words.history.message,
      id = message,
      place = place,
      author = { name = string_of(said.customer_name) },
      text = string_of(said.text),
      attachments = files_of(said),
      at = type(said.sent_at) == 'string' and said.sent_at or history.now(),
    })
  end
end

-- Change an entry: `change` gets its fields. Returns whether it is there.
function history.change(id, entry_id, change)
  local key, mark = key_of(id), '"id":' .. cjson.encode(entry_id)
  local upto = redis.call('LLEN', key) - 1
  while upto >= 0 do
    local from = math.max(0, upto - READ_AT_ONCE + 1)
    local entries = redis.call('LRANGE', key, from, upto)
    for i = #entries, 1, -1 do
      local entry = string.find(entries[i], mark, 1, true) and cjson.decode(entries[i])
      if entry and entry.id == entry_id then
        change(entry)
        redis.call('LSET', key, from + i - 1, json.of(entry))
        return true
      end
    end
    upto = from - 1
  end
  return false
end

-- It lasts as long as its conversation.
function history.let_live(id)
  key_lifetimes.outlast(key_of(id), id)
end

local function place_of(text)
  return tonumber(cjson.decode(text).place) or 0
end

-- Where in the list the first entry behind a place is; behind its end, if there is none.
local function first_behind(key, place)
  local low, high = 0, redis.call('LLEN', key)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if place_of(redis.call('LINDEX', key, middle)) > place then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

-- What operators have written behind one place up to another, at most `most`, each as { its place, JSON }.
function history.of_operators(id, behind, upto, most)
  local key, found = key_of(id), {}
  local from = first_behind(key, behind)
  while #found < most do
    local entries = redis.call('LRANGE', key, from, from + READ_AT_ONCE - 1)
    for _, text in ipairs(entries) do
      local entry = cjson.decode(text)
      if (tonumber(entry.place) or 0) > upto then
        return found
      elseif entry.kind ~= words.history.message and #found < most then
        table.insert(found, { tonumber(entry.place), text })
      end
    end
    if #entries < READ_AT_ONCE then
      return found
    end
    from = from + READ_AT_ONCE
  end
  return found
end

return history
