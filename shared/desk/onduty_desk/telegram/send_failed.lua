-- A send to a chat has failed for want of Telegram.
--
-- ARGV: chat, reason, for how long in ms nobody else asks.
-- Returns 'ask' (ask Telegram whether it is there, and tell note_answer.lua), 'asked' (another
-- process does), 'away' (the desk pauses already) or 'began' (it does from now on).
local operators = require 'roster'
local reach = require 'telegram'
local keys = require 'model'

if reach.is_away() then
  return 'away'
end
-- A stranger's counts for nobody else: groups where each message is removed at once would be enough to
-- stop the desk.
if operators.is_known(ARGV[1]) and reach.note_failure(ARGV[1]) >= reach.CHATS_THAT_PAUSE_ALL then
  reach.begin_pause(ARGV[2], false)
  return 'began'
end
return redis.call('SET', keys.telegram_asking, '1', 'NX', 'PX', ARGV[3]) and 'ask' or 'asked'
