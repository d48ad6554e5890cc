"""What operators and their groups are called."""

from collections.abc import Collection, Sequence

from telegram import User

from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import is_blank


def name_of(user: User) -> str:
    """Return a user's name in Telegram; if it looks blank, their username, or else their id."""
    return user.full_name if not is_blank(user.full_name) else user.username or str(user.id)


def first_name_of(user: User) -> str:
    """Return what customers call an operator who has not chosen a name."""
    return user.first_name if not is_blank(user.first_name) else name_of(user)


def groups_of(groups: Sequence[str], words: Words) -> str:
    """Return a line with the names of somebody's groups."""
    if len(groups) == 1:
        return words.gettext("Your group: {group}").format(group=groups[0])
    return words.gettext("Your groups: {groups}").format(groups=", ".join(groups))


def group_called(name: str, groups: Collection[str]) -> str | None:
    """Return the group of this name; phones write a capital where there is none."""
    if name in groups:
        return name
    alike = [group for group in groups if group.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None
