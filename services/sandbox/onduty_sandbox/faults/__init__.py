"""Trouble on demand, and the answers that are not Telegram's."""
