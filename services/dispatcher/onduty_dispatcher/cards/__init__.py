"""What a phone shows of a conversation, in Telegram's form."""
