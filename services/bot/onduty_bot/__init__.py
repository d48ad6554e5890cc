"""Onduty's ears: the only reader of Telegram's updates."""
