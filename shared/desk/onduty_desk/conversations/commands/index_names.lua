-- Write customers' names into the index of this week, and out of where they were.
--
-- ARGV: for each conversation: its id, the place of the message that the name is of, the words of the
-- name with blanks between them. Returns for each 'indexed', 'later' (a newer message has come: it is due
-- again) or an error. The same once more changes nothing.
local conversations, key_lifetimes, name_entries = require 'conversations'
local clock, integer, isolate = require 'lua'
local keys = require 'model'

local WEEK_MS, MOST_RECENT = 7 * 86400 * 1000, 2000
local now = clock.ms()
local this_week = integer(math.floor(now / WEEK_MS))

local function add(conversation, id, name)
  local key = keys.name_index .. conversation.group .. ':' .. this_week
  for _, entry in ipairs(name_entries.of(id, name)) do
    redis.call('ZADD', key, 0, entry)
  end
end

-- The keys of a group are kept as long as the conversation that lasts longest.
local function let_live(group, id)
  local index, weeks, recent =
    keys.name_index .. group .. ':' .. this_week, keys.index_weeks .. group, keys.recent .. group
  redis.call('ZREMRANGEBYRANK', recent, 0, -MOST_RECENT - 1)
  key_lifetimes.outlast(recent, id)
  key_lifetimes.outlast(index, id)
  redis.call('ZADD', weeks, 'GT', integer(now + key_lifetimes.lasts_s(id) * 1000), this_week)
  redis.call('ZREMRANGEBYSCORE', weeks, '-inf', integer(now))
  key_lifetimes.outlast(weeks, id)
end

local last_of = {} -- by group

local function write(id, seq, name)
  local conversation = conversations.read(id)
  local is_newest = conversation.last_seq == seq
  local is_known = conversation.name_words == name and conversation.name_week == this_week
  if conversation.group and is_newest and not is_known then
    if conversation.name_words then
      name_entries.remove(conversation, id)
    end
    if name ~= '' then
      add(conversation, id, name)
    end
    conversations.write(id, { name_words = name, name_week = this_week })
  end
  if conversation.group and is_newest then
    redis.call('ZADD', keys.recent .. conversation.group, conversation.last_ms or integer(now), id)
    local last = last_of[conversation.group]
    if not last or key_lifetimes.lasts_s(last) < key_lifetimes.lasts_s(id) then
      last_of[conversation.group] = id
    end
  end
  if is_newest or not conversation.group then
    redis.call('ZREM', keys.to_index, id)
  end
  return { is_newest and 'indexed' or 'later' }
end

local answers = {}
for i = 1, #ARGV, 3 do
  local id = ARGV[i]
  local answer = isolate.call(write, id, ARGV[i + 1], ARGV[i + 2])
  if answer.err and not isolate.is_of_wrong_type(answer.err) then
    redis.call('ZREM', keys.to_index, id) -- its next message is tried
  end
  table.insert(answers, answer.err and answer or answer[1])
end
for group, id in pairs(last_of) do
  let_live(group, id)
end
return answers
