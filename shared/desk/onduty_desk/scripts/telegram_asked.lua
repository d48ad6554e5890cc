-- What Telegram answered when it was asked whether it is there.
--
-- ARGV: '1' if Telegram itself answered, the reason if not.
-- Returns { 'began', 0 } or { 'back', ms that it was away } when that begins or ends the pause; else
-- { 'same', 0 }. While the desk pauses, Telegram is asked again,
-- the next time at most ten seconds after it was asked before. A question from before the pause ends
-- none: that is for who probes.
local is_there, reason = ARGV[1] == '1', ARGV[2]
local is_away = is_telegram_away()
redis.call('DEL', 'onduty:telegram:asking')
if is_away and is_there and redis.call('HEXISTS', TELEGRAM, 'probed_ms') == 0 then
  return { 'same', '0' }
elseif is_away and is_there then
  return { 'back', ms(end_pause()) }
elseif is_away then
  local probes = redis.call('HINCRBY', TELEGRAM, 'probes', 1)
  local probed = tonumber(redis.call('HGET', TELEGRAM, 'probed_ms') or now_ms())
  redis.call('HSET', TELEGRAM, 'probe_at_ms', ms(probed + probe_after_ms(probes)), 'is_confirmed', 1)
elseif not is_there then
  begin_pause(reason, true)
  return { 'began', '0' }
end
return { 'same', '0' }
