-- Store updates before Telegram is told that we have them, each in its chat's line.
--
-- ARGV: for each update: its id, its chat, its JSON. Returns how many were new: one delivered
-- again within a day changes nothing.
local now = ms(now_ms())
local new = 0
for i = 1, #ARGV, 3 do
  local update, chat, json = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('SET', 'onduty:update:' .. update, '1', 'NX', 'EX', 86400) then
    redis.call('ZADD', 'onduty:updates:' .. chat, update, json)
    let_stand_in_line(chat, now)
    new = new + 1
  end
end
return new
