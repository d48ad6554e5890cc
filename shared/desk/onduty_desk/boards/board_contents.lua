-- What a board has to show now: how many its operator holds and the first of them, how many wait in their
-- groups and since when the oldest, and whether its operator is paused.
local availability = require 'availability'
local transcript = require 'conversations'
local clock, hash, integer, urgency = require 'lua'
local keys = require 'model'

local board_contents = {}

local NAMED = 5 -- of those whom the operator holds
local LONG_AGO_MS = 18 * 3600 * 1000 -- from then on the time of day alone would mislead
local MOST_EXPIRED = 10
local SECOND_MS = 1000
local lines -- by group, as they are in this call

function board_contents.begin()
  lines = {}
end

-- The longest waiting of a class: its conversation and since when; what has expired leaves the line.
local function oldest_of(key, class)
  local from = urgency.RANK[class] * 1e14
  for _ = 1, MOST_EXPIRED do
    local id, score = unpack(
      redis.call('ZRANGE', key, integer(from), '(' .. integer(from + 1e14), 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    )
    if not id or hash.exists(keys.conversation .. id) then
      return id and tonumber(score) - from
    end
    redis.call('ZREM', key, id)
  end
end

local function line_of(group)
  local line = lines[group]
  if not line then
    local key, since_ms = keys.waiting .. group, nil
    for _, class in ipairs({ 'urgent', 'normal', 'low' }) do
      since_ms = math.min(since_ms or math.huge, oldest_of(key, class) or math.huge)
    end
    line = { count = redis.call('ZCARD', key), since_ms = since_ms < math.huge and since_ms or 0 }
    lines[group] = line
  end
  return line
end

-- The lines of several groups, as one.
local function line_of_all(groups)
  local count, since_ms = 0, math.huge
  for _, group in ipairs(groups) do
    local line = line_of(group)
    count = count + line.count
    since_ms = math.min(since_ms, line.since_ms > 0 and line.since_ms or math.huge)
  end
  return { count = count, since_ms = since_ms < math.huge and since_ms or 0 }
end

-- What it has to show; `is_as`, a text, is the same for boards that show the same.
function board_contents.of(chat, groups)
  local line, claims = line_of_all(groups), keys.claims .. chat
  local ids, count = redis.call('ZRANGE', claims, 0, NAMED - 1), 0
  if #ids > 0 then
    count = #ids < NAMED and #ids or redis.call('ZCARD', claims)
  end
  local is_old = line.since_ms > 0 and clock.ms() - line.since_ms > LONG_AGO_MS
  local shown = { count, table.concat(ids, ' '), line.count, integer(line.since_ms), is_old }
  local paused_until_ms = availability.until_ms(chat)
  if paused_until_ms then -- only then, so that versions that know no pauses agree about all others
    table.insert(shown, integer(paused_until_ms / SECOND_MS))
  end
  return {
    yours = count,
    ids = ids,
    waiting = line.count,
    since_ms = line.since_ms,
    is_old = is_old,
    paused_until_ms = paused_until_ms,
    is_as = cjson.encode(shown),
  }
end

-- The newest messages of those whom the operator holds: their names are on them.
function board_contents.messages(contents)
  local messages = {}
  for _, id in ipairs(contents.ids) do
    table.insert(messages, transcript.newest(id, '+inf', '-inf', 1)[1])
  end
  return messages
end

return board_contents
