-- Telegram answered 429 to a send: ARGV: chat, pause in µs.
local clock = require 'lua/clock'
local pace = require 'telegram/pace'

pace.refuse(ARGV[1], clock.us(), tonumber(ARGV[2]))
