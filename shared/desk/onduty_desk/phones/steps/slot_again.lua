-- A sender was held up and missed its slot: sent now, it could be one too many in this second.
--
-- ARGV: gap between sends and gap within a chat in µs, most ahead in µs, then the chats.
-- Returns for each its new slot and now, both in µs, or '' when there is none in time.
local clock = require 'lua'
local pace = require 'telegram'

local now = clock.us()
local answers = {}
for i = 4, #ARGV do
  local at = pace.reserve_again(ARGV[i], now, tonumber(ARGV[3]), tonumber(ARGV[1]), tonumber(ARGV[2]))
  table.insert(answers, at and string.format('%.0f %.0f', at, now) or '')
end
return answers
