"""A Telegram for people who have no token at hand."""
