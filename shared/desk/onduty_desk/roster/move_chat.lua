-- A chat has another id now (a group became a supergroup): later cards go there. An operator who
-- has gone off duty meanwhile stays off.
--
-- ARGV: operator id, new chat id.
local boards = require 'boards'
local keys = require 'model'

local operator = keys.operator .. ARGV[1]
if redis.call('EXISTS', operator) == 1 then
  redis.call('HSET', operator, 'chat_id', ARGV[2])
  boards.chat_moved(ARGV[1])
end
