-- Let an operator on duty have a board: a new one, or the one that there is, pinned again. The same once
-- more changes nothing.
--
-- ARGV: operator.
local boards = require 'boards'
local hash = require 'lua'
local timetable, wake = require 'phones'
local operators = require 'roster'
local keys = require 'model'

local chat = ARGV[1]
local key, groups = keys.board .. chat, operators.groups(chat)
if #groups == 0 then
  return
end
hash.set(key, 'wanted', '1')
boards.follow(chat, groups)
if hash.get(key, 'message') then
  hash.set(key, 'is_new', '1') -- should it turn out to be gone, another is sent
end
hash.remove(key, 'pinned', 'unknowns', 'failures')
redis.call('PERSIST', key)
boards.arrange(chat)
timetable.something_new(chat)
wake.dispatchers()
