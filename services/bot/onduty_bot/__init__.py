"""The bot service: the only reader of Telegram's updates."""
