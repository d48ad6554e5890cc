-- Find customers in an operator's groups by words of their name, each of which a word of the name begins
-- with; and a conversation by its id.
--
-- ARGV: operator, an id, most rows, the groups to look in as a JSON array, if not in theirs, then the words
-- (there may be none).
-- Returns { 'off_duty' }, or { how many there are, or '' if they are too many to be counted, now in ms, rows,
-- each as { conversation, state, its owner's id or '', its owner's or last owner's name, the id of who closed
-- it or '', priority, since when the customer waits and when they last wrote in ms, its newest message as
-- JSON or '' } }: the open ones first, of these and of the others those who wrote last. Changes nothing.
--
-- A look costs a bounded number of commands: of words with which very many names begin, those are found who
-- wrote last.
local group_lines = require 'conversations'
local clock, hash, integer = require 'lua'
local operators = require 'roster'
local keys, words = require 'model'

local operator, wanted_id, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local wanted = { unpack(ARGV, 5) }
local MOST_ENTRIES, MOST_READ, MOST_RECENT, ENOUGH = 2000, 300, 300, 50
local now = clock.ms()
local groups = cjson.decode(ARGV[4])
if #groups == 0 then
  groups = operators.groups(operator)
end
if #groups == 0 then
  return { 'off_duty' }
end
local is_theirs = {}
for _, group in ipairs(groups) do
  is_theirs[group] = true
end

local function has_all_words(name)
  for _, word in ipairs(wanted) do
    if not string.find(' ' .. name, ' ' .. word, 1, true) then
      return false
    end
  end
  return #wanted > 0
end

-- What is read of a conversation, and of one that was found.
local NAMING = { 'group', 'name_words' }
local FIELDS = {
  'state',
  'owner',
  'owner_name',
  'last_owner_name',
  'closed_by',
  'priority',
  'waiting_since_ms',
  'last_ms',
}
local found, seen = {}, {}

local function look_at(id, is_by_id)
  if seen[id] then
    return
  end
  seen[id] = true
  local key, one = keys.conversation .. id, { id = id }
  hash.read_ahead(key, NAMING)
  if is_theirs[hash.get(key, 'group') or ''] and (is_by_id or has_all_words(hash.get(key, 'name_words') or '')) then
    hash.read_ahead(key, FIELDS)
    for _, field in ipairs(FIELDS) do
      one[field] = hash.get(key, field) or nil
    end
    one.state = one.state or words.state.waiting
    one.wrote_ms = tonumber(one.last_ms or one.waiting_since_ms or 0)
    table.insert(found, one)
  end
end

-- The indexes, the newest first, and for the word with which the fewest names begin: how many.
local indexes = {}
for _, group in ipairs(groups) do
  for _, week in ipairs(redis.call('ZRANGE', keys.index_weeks .. group, integer(now), '+inf', 'BYSCORE')) do
    table.insert(indexes, { key = keys.name_index .. group .. ':' .. week, week = tonumber(week) })
  end
end
table.sort(indexes, function(one, other)
  if one.week == other.week then
    return one.key < other.key
  end
  return one.week > other.week
end)
local rarest, fewest = nil, math.huge
for _, word in ipairs(wanted) do
  local count = 0
  for _, index in ipairs(indexes) do
    count = count + redis.call('ZLEXCOUNT', index.key, '[' .. word, '(' .. word .. '\255')
  end
  if count < fewest then
    rarest, fewest = word, count
  end
end

local ids, known, left = {}, {}, MOST_ENTRIES
for _, index in ipairs(rarest and indexes or {}) do
  local entries =
    redis.call('ZRANGE', index.key, '[' .. rarest, '(' .. rarest .. '\255', 'BYLEX', 'LIMIT', 0, math.max(0, left))
  for _, entry in ipairs(entries) do
    local ends = string.find(entry, '\n', 1, true)
    local id = string.sub(entry, ends + 1)
    if not known[id] and has_all_words(string.sub(entry, 1, ends - 1)) then
      known[id] = true
      table.insert(ids, id)
    end
  end
  left = left - #entries
end

-- Of too many, those who wrote last; if there are none of these, any.
local is_counted = not rarest or fewest <= MOST_ENTRIES and #ids <= MOST_READ
look_at(wanted_id, true)
if not is_counted then
  for _, entry in ipairs(group_lines.range(group_lines.of(keys.recent, groups), 1, MOST_RECENT, true)) do
    if #found < ENOUGH then
      look_at(entry[1])
    end
  end
end
for i = 1, is_counted and #ids or math.min(#ids, ENOUGH) do
  if is_counted or #found < most then
    look_at(ids[i])
  end
end

table.sort(found, function(one, other)
  local is_one_open, is_other_open = one.state ~= words.state.closed, other.state ~= words.state.closed
  if is_one_open ~= is_other_open then
    return is_one_open
  elseif one.wrote_ms ~= other.wrote_ms then
    return one.wrote_ms > other.wrote_ms
  end
  return one.id < other.id
end)

local rows = {}
for i = 1, math.min(most, #found) do
  local one = found[i]
  local newest = redis.call('ZRANGE', keys.messages .. one.id, 0, 0, 'REV')[1]
  table.insert(rows, {
    one.id,
    one.state,
    one.owner or '',
    one.owner_name or one.last_owner_name or '',
    one.closed_by or '',
    one.priority or 'normal',
    one.waiting_since_ms or integer(now),
    integer(one.wrote_ms),
    newest and redis.call('GET', keys.message .. newest) or '',
  })
end
return { is_counted and integer(#found) or '', integer(now), rows }
