"""Updates on their way through the bot: read, stored, confirmed, handled."""
