-- Note that a message of the bot lists conversations: forgotten, they are removed from there, too.
--
-- ARGV: chat, message, the conversations.
local key_lifetimes = require 'conversations'
local clock, integer = require 'lua'
local keys = require 'model'

local MOST = 300
local place = ARGV[1] .. ':' .. ARGV[2]
for i = 3, #ARGV do
  local key = keys.listed .. ARGV[i]
  if key_lifetimes.lasts_s(ARGV[i]) > 0 then
    redis.call('ZADD', key, integer(clock.ms()), place)
    redis.call('ZREMRANGEBYRANK', key, 0, -MOST - 1)
    key_lifetimes.outlast(key, ARGV[i])
  end
end
