-- A permit to send for the bot's own answers: the next slot there is, before all the dispatchers
-- have not reserved yet. An answer that waits for its chat comes before the edits there.
--
-- ARGV: chat or '' (no limit of a chat), gap between sends in µs, gap within a chat in µs, most
-- ahead in µs.
-- Returns { 'at' or 'wait', µs }: send after that time, or ask again after it.
local now = now_us()
local at, wait, is_chat = reserve(ARGV[1], now, tonumber(ARGV[4]), tonumber(ARGV[2]), tonumber(ARGV[3]))
if at then
  return { 'at', string.format('%.0f', at - now) }
end
if is_chat then
  hold_edits(ARGV[1], math.ceil((now + wait) / 1000) + 1000)
end
return { 'wait', string.format('%.0f', wait) }
