"""What Onduty's bot and dispatcher share: what is in Redis, the way to Telegram, the texts."""
