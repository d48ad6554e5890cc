-- Their next text is no note after all.
--
-- ARGV: operator, the message whose button says so. Returns the conversation, or '' if that message asks for
-- nothing any more.
local armed_notes = require 'noting'
local keys = require 'model'

local operator, message = ARGV[1], ARGV[2]
local id = armed_notes.of(operator)
local asked = redis.call('HGET', keys.noting .. operator, 'asked')
if not id or asked and asked ~= message then
  return ''
end
armed_notes.disarm(operator)
return id
