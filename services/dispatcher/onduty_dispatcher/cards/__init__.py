"""Cards: how a conversation is written as Telegram messages with buttons."""
