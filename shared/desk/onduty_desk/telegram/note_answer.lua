-- What Telegram answered when it was asked whether it is there.
--
-- ARGV: '1' if Telegram itself answered, the reason if not.
-- Returns { 'began', 0 } or { 'back', ms that it was away } when that begins or ends the pause; else
-- { 'same', 0 }. While the desk pauses, Telegram is asked again,
-- the next time at most ten seconds after it was asked before. A question from before the pause ends
-- none: that is for who probes.
local clock, integer = require 'lua'
local reach = require 'telegram'
local keys = require 'model'

local is_there, reason = ARGV[1] == '1', ARGV[2]
local is_away = reach.is_away()
redis.call('DEL', keys.telegram_asking)
if is_away and is_there and redis.call('HEXISTS', keys.telegram, 'probed_ms') == 0 then
  return { 'same', '0' }
elseif is_away and is_there then
  return { 'back', integer(reach.end_pause()) }
elseif is_away then
  local probes = redis.call('HINCRBY', keys.telegram, 'probes', 1)
  local probed = tonumber(redis.call('HGET', keys.telegram, 'probed_ms') or clock.ms())
  redis.call('HSET', keys.telegram, 'probe_at_ms', integer(probed + reach.probe_after_ms(probes)), 'is_confirmed', 1)
elseif not is_there then
  reach.begin_pause(reason, true)
  return { 'began', '0' }
end
return { 'same', '0' }
