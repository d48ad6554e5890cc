"""Recognises a command at the start of a message's text, or of a photo's caption."""

import re

from telegram import Message, MessageEntity
from telegram.ext import filters

COMMANDS = (
    "start",
    "help",
    "on",
    "off",
    "queue",
    "mine",
    "find",
    "who",
    "pause",
    "limit",
    "name",
    "status",
    "topics",
    "undo",
    "mute",
)
ADMIN_COMMANDS = ("team", "kick", "unkick", "invite", "priority", "replies")
"""To everybody else these are unknown."""

AT_THE_START = re.compile(rf"/(?:{'|'.join(COMMANDS)})(?:@\w+)?(?!\w)", re.IGNORECASE)
"""One of our commands, as it is typed."""


def command_of(message: Message) -> str | None:
    """Return the command in lower case, known or not; None for none, or one for another bot."""
    text, entities = message.text, message.entities
    if not text:
        text, entities = message.caption or "", message.caption_entities
    first = entities[0] if entities else None
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return None
    name, _, addressee = text[1 : first.length].lower().partition("@")
    if addressee and addressee != message.get_bot().username.lower():
        return None
    return name


def number_behind(argument: str, most: int) -> int | None:
    """Return what was typed behind a command if it is a number from 1 to `most`."""
    is_number = argument.isascii() and argument.isdigit() and len(argument) <= len(str(most))
    return int(argument) if is_number and 1 <= int(argument) <= most else None


class IsCommand(filters.MessageFilter):
    """Matches messages that are this command."""

    def __init__(self, name: str) -> None:
        super().__init__(f"/{name}")
        self._command = name

    def filter(self, message: Message) -> bool:
        """Whether the message is this command."""
        return command_of(message) == self._command


class _AnyCommand(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        entities = message.entities or message.caption_entities
        return bool(entities) and (entities[0].type, entities[0].offset) == (
            MessageEntity.BOT_COMMAND,
            0,
        )


ANY_COMMAND = _AnyCommand("any command")
"""Matches messages that begin with a command, also an unknown one or one for another bot."""
