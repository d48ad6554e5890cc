"""The way to Telegram: the HTTP client, its answers as outcomes, and the pace of sending."""

import os

# With it python-telegram-bot returns `retry_after` as a timedelta, its future default.
os.environ.setdefault("PTB_TIMEDELTA", "true")
