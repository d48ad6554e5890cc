-- Telegram answered 429 to a send: ARGV: chat, pause in µs.
refuse(ARGV[1], now_us(), tonumber(ARGV[2]))
