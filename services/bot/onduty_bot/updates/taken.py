"""An update that is being handled: python-telegram-bot's object, and what is known beside it."""

from typing import Self, cast

from telegram import Bot, Update

from onduty_bot.updates.stored import Stored


class Taken(Update):
    """An update and its record; a filter or a handler finds in it where phrases stood."""

    __slots__ = ("_record",)
    _record: Stored

    @classmethod
    def of(cls, stored: Stored, bot: Bot) -> Self:
        """Parse a record's update; raises whatever PTB raises for what it cannot parse."""
        taken = cast("Self", cls.de_json(stored.update, bot))
        taken._record = stored  # noqa: SLF001 - PTB freezes all other attributes
        return taken

    @property
    def stored(self) -> Stored:
        """The record."""
        return self._record
