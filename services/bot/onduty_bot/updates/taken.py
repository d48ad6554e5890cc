"""An update that is being handled: python-telegram-bot's object, with its record."""

from typing import Self, cast

from telegram import Bot, Update

from onduty_bot.updates.stored import Stored


class Taken(Update):
    """An update and its record, in which filters and handlers find where phrases were."""

    __slots__ = ("_record",)
    _record: Stored

    @classmethod
    def of(cls, stored: Stored, bot: Bot) -> Self:
        """Parse a record's update; raises PTB's errors for what it cannot parse."""
        taken = cast("Self", cls.de_json(stored.update, bot))
        taken._record = stored  # noqa: SLF001 - PTB freezes all other attributes
        return taken

    @property
    def stored(self) -> Stored:
        """The record."""
        return self._record
