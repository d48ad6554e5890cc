"""The way to Telegram: one HTTP client, one reading of its answers, one pace."""

import os

# python-telegram-bot gives `retry_after` as a timedelta only if told so; its own future default.
os.environ.setdefault("PTB_TIMEDELTA", "true")
