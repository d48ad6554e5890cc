-- What Telegram answered when it was asked whether it is there.
--
-- ARGV: '1' if Telegram itself answered, the reason if not.
-- Returns { 'began', 0 } or { 'back', ms that it was away } when that begins or ends the pause; else
-- { 'same', 0 }. While the desk pauses, Telegram is asked again,
-- the next time at most ten seconds after it was asked before.
local LONGEST_MS = 10000
local is_there, reason = ARGV[1] == '1', ARGV[2]
local is_away = is_telegram_away()
redis.call('DEL', 'onduty:telegram:asking')
if is_away and is_there then
  return { 'back', ms(end_pause()) }
elseif is_away then
  local probes = redis.call('HINCRBY', TELEGRAM, 'probes', 1)
  local probed = tonumber(redis.call('HGET', TELEGRAM, 'probed_ms') or now_ms())
  redis.call('HSET', TELEGRAM, 'probe_at_ms', ms(probed + math.min(1000 * 2 ^ probes, LONGEST_MS)))
elseif not is_there then
  begin_pause(reason)
  return { 'began', '0' }
end
return { 'same', '0' }
