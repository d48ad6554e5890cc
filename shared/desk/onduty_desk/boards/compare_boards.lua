-- Compare boards with what they should show, those that were compared longest ago first, and let the
-- phones of those that are out of date be looked at.
--
-- ARGV: most boards of this call, most phones that are due for their boards already, then the known groups:
-- once an hour the boards of all of them are compared, whatever was overlooked.
-- Returns 1 if there are more to be compared now, else 0.
local board_contents, boards = require 'boards'
local clock, hash, integer, isolate = require 'lua'
local timetable = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local most, most_due = tonumber(ARGV[1]), tonumber(ARGV[2])
local HOUR_S = 3600

local function is_of(chat, group)
  for _, one in ipairs(boards.groups(chat)) do
    if one == group then
      return true
    end
  end
  return false
end

local function compare(chat, group)
  local key = keys.board .. chat
  local board = hash.now(key)
  if not board.wanted or not is_of(chat, group) then
    redis.call('ZREM', keys.boards .. group, chat)
    return
  elseif board.more_groups then
    boards.stand(chat) -- an older version has taken it out of all but the first
  end
  if not operators.is_on_duty(chat) then
    boards.take_away(chat)
  elseif not (board.message and board.pinned) or board.shown ~= board_contents.of(chat, boards.groups(chat)).is_as then
    hash.set(key, 'is_stale', '1')
    boards.arrange(chat)
    timetable.something_new(chat)
  end
end

-- Returns how many of the group were compared.
local function compare_group(group)
  local key = keys.boards .. group
  local version = redis.call('ZSCORE', key, '')
  local chats = version and redis.call('ZRANGE', key, '-inf', '(' .. version, 'BYSCORE', 'LIMIT', 0, most) or {}
  for _, chat in ipairs(chats) do
    redis.call('ZADD', key, 'XX', version, chat)
    isolate.call(compare, chat, group)
  end
  if #chats < most then
    redis.call('SREM', keys.boards_changed, group)
  end
  most = most - #chats
end

if redis.call('SET', keys.boards_compared, '1', 'NX', 'EX', HOUR_S) then
  for i = 3, #ARGV do
    boards.line_changed(ARGV[i])
  end
end
local groups = redis.call('SMEMBERS', keys.boards_changed)
if #groups == 0 or redis.call('ZCOUNT', keys.timetable .. 'boards', '-inf', integer(clock.ms())) >= most_due then
  return 0
end
for _, group in ipairs(groups) do
  if most > 0 then
    isolate.call(compare_group, group)
  end
end
return most > 0 and 0 or 1
