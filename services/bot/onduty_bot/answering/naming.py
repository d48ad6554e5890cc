"""An operator's name, as in Telegram."""

from telegram import User

from onduty_desk.texts.untrusted_text import is_blank


def name_of(user: User) -> str:
    """Return a user's name; if it looks blank, their username, or else their id."""
    return user.full_name if not is_blank(user.full_name) else user.username or str(user.id)
