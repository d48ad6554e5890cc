"""The bot's own answers: commands about the desk, the fallback, and how answers are sent."""
