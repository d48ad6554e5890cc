"""What Onduty's bot and dispatcher both know: Redis's contents, Telegram's ways, the words."""
