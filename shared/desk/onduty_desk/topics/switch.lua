-- An operator wants topics on their phone, or wants none.
--
-- ARGV: chat, 'on' or 'off'. Once more it changes nothing.
local clock, hash = require 'lua'
local wake = require 'phones'
local using = require 'topics'
local keys = require 'model'

local chat, key = ARGV[1], keys.topics_phone .. ARGV[1]
if ARGV[2] == 'off' then
  hash.set(key, 'off', '1')
  using.leave_all(chat)
else
  hash.remove(key, 'off', 'refused_until_ms', 'flat_until_ms', 'failures', 'told')
  using.leave_all(chat, clock.ms())
end
wake.dispatchers()
