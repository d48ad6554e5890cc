"""A local Telegram: a Bot API server that a bot cannot tell from the real one."""
