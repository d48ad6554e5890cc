"""What the people of this Telegram do, and how bots hear of it."""
