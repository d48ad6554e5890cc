"""The bot's own answers."""
