"""The way to Telegram: one HTTP client, one reading of its answers."""
