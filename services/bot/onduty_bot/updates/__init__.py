"""The way of an update: read or received, stored, confirmed to Telegram, handled."""
