-- Telegram answered 429 to a send: ARGV: chat, pause in µs.
local clock = require 'lua'
local pace = require 'telegram'

pace.refuse(ARGV[1], clock.us(), tonumber(ARGV[2]))
