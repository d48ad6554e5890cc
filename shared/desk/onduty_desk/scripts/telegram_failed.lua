-- A send to a chat has failed for want of Telegram.
--
-- ARGV: chat, reason, for how long in ms nobody else asks.
-- Returns 'ask' (ask Telegram whether it is there, and tell telegram_asked.lua), 'asked' (another
-- process does), 'away' (the desk pauses already) or 'began' (it does from now on).
if is_telegram_away() then
  return 'away'
end
-- A stranger's counts for nobody else: groups where each message is removed at once would be enough to
-- stop the desk.
if is_known(ARGV[1]) and note_failure(ARGV[1]) >= CHATS_THAT_PAUSE_ALL then
  begin_pause(ARGV[2], false)
  return 'began'
end
return redis.call('SET', 'onduty:telegram:asking', '1', 'NX', 'PX', ARGV[3]) and 'ask' or 'asked'
