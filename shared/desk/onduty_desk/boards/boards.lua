-- When an operator's board has to be touched: it is out of date, new, or to be taken away.
--
-- What it shows depends on what its operator holds and on the lines of their groups. The first is requested
-- phone by phone; a change of the line raises its version, and `compare_boards.lua` looks for the boards
-- that show an older one.
local clock, hash = require 'lua'
local timetable = require 'phones'
local keys = require 'model'

local boards = {}

local KEPT_S = 30 * 86400 -- what could not be taken away goes at the next /on until then

boards.EVERY_MS = 10000 -- how often one board is edited at most

-- Write down when the phone is looked at for its board, if anything is to be done about that.
function boards.arrange(chat, not_before_ms)
  local key, at = keys.board .. chat, nil
  local board = hash.now(key)
  if board.remove or board.retire or board.wanted and not (board.message and board.pinned) then
    at = clock.ms()
  elseif board.wanted and board.is_stale then
    local touched_ms = tonumber(board.touched_ms or 0)
    at = clock.is_within(touched_ms, boards.EVERY_MS) and touched_ms + boards.EVERY_MS or clock.ms()
  end
  if at then
    hash.set(keys.chat .. chat, 'board_at_ms', math.max(at, not_before_ms or 0))
    return
  end
  hash.remove(keys.chat .. chat, 'board_at_ms')
  if not board.wanted then
    hash.delete(key)
  end
end

-- What an operator holds has changed: their board, if there is one, is compared when its time has come.
function boards.request(chat)
  if hash.get(keys.board .. chat, 'wanted') then
    hash.set(keys.board .. chat, 'is_stale', '1')
    boards.arrange(chat)
    timetable.something_new(chat)
  end
end

-- What waits in a group has changed. Costs one command where nobody has a board. The member '' of the
-- boards stands at the version of the line, each chat at the version that its board was compared with.
function boards.line_changed(group)
  if redis.call('ZADD', keys.boards .. group, 'XX', 'INCR', 1, '') then
    redis.call('SADD', keys.boards_changed, group)
  end
end

-- Add a message to those that are to be deleted (`remove`), or to lose what they say (`retire`).
function boards.add_to(list, chat, message)
  local json = hash.get(keys.board .. chat, list)
  local messages = json and cjson.decode(json) or {}
  table.insert(messages, tonumber(message))
  hash.set(keys.board .. chat, list, cjson.encode(messages))
end

-- The groups whose lines a board shows. The first stands in a field of its own, where versions that know
-- one group read it.
function boards.groups(chat)
  local group, more = hash.get(keys.board .. chat, 'group'), hash.get(keys.board .. chat, 'more_groups')
  local groups = more and cjson.decode(more) or {}
  if group then
    table.insert(groups, 1, group)
  end
  return groups
end

-- Have a board compared when the lines of its groups change. An older version takes it out of all but the
-- first.
function boards.stand(chat)
  for _, group in ipairs(boards.groups(chat)) do
    redis.call('ZADD', keys.boards .. group, 'NX', 0, chat, 1, '')
    redis.call('SADD', keys.boards_changed, group)
  end
end

local function leave_lines(chat)
  for _, group in ipairs(boards.groups(chat)) do
    if redis.call('ZREM', keys.boards .. group, chat) == 1 and redis.call('ZCARD', keys.boards .. group) == 1 then
      redis.call('DEL', keys.boards .. group)
      redis.call('SREM', keys.boards_changed, group)
    end
  end
end

-- Let a board show the lines of these groups from now on, if there is one.
function boards.follow(chat, groups)
  local key = keys.board .. chat
  if not hash.get(key, 'wanted') then
    return
  end
  leave_lines(chat)
  hash.set(key, 'group', groups[1])
  if #groups > 1 then
    hash.set(key, 'more_groups', cjson.encode({ unpack(groups, 2) }))
  else
    hash.remove(key, 'more_groups')
  end
  boards.stand(chat)
  boards.request(chat)
end

-- Keep a board no more: it was lost, or its operator has gone.
function boards.forget(chat)
  hash.remove(keys.board .. chat, 'wanted', 'message', 'pinned', 'shown', 'is_stale', 'is_new')
  leave_lines(chat)
end

-- Take an operator's board away from their phone.
function boards.take_away(chat)
  local key = keys.board .. chat
  if not hash.get(key, 'wanted') then
    return
  end
  local message = hash.get(key, 'message')
  if message then
    boards.add_to('remove', chat, message)
  end
  boards.forget(chat)
  boards.arrange(chat)
  if hash.exists(key) then
    hash.expire(key, KEPT_S)
  end
  timetable.something_new(chat)
end

-- It cannot be read or drawn: nothing more is tried until the next /on.
function boards.give_up(chat)
  boards.forget(chat)
  hash.remove(keys.board .. chat, 'remove', 'retire', 'attempt')
  boards.arrange(chat)
end

-- The chat has another id now, and its messages have others there: a new board is sent.
function boards.chat_moved(chat)
  if hash.get(keys.board .. chat, 'wanted') then
    hash.remove(keys.board .. chat, 'message', 'pinned', 'shown', 'remove', 'retire')
    boards.arrange(chat)
    timetable.something_new(chat)
  end
end

return boards
