"""What Telegram makes of a text: its markup, its links, its length."""
