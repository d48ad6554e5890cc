"""What exists in this Telegram, and the feed of its changes."""
