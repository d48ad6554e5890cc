-- A phrase stands where the bot may not remove it: have the admins told, once.
--
-- ARGV: chat and message, who wrote it and where, as JSON.
-- Returns 1, or 0 if it was told before.
local guessing = require 'roster'
local keys = require 'model'

local once = keys.exposed .. ARGV[1]
if not redis.call('SET', once, '1', 'NX', 'EX', 86400) then
  return 0
end
guessing.tell_admins('exposed', ARGV[1], ARGV[2])
return 1
