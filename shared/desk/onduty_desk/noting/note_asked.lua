-- A message asks for a note, or says that it is over: its button ends that.
--
-- ARGV: operator, conversation, the message. Returns the message that asked before, or ''; nothing is written
-- if it is not asked for any more.
local armed_notes = require 'noting'
local keys = require 'model'

local operator, id, message = unpack(ARGV)
if armed_notes.of(operator) ~= id then
  return ''
end
local before = redis.call('HGET', keys.noting .. operator, 'asked')
redis.call('HSET', keys.noting .. operator, 'asked', message)
return before and before ~= message and before or ''
