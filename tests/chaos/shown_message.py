"""Messages as phones show them, for the tests of what judges phones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Button, ChatMessage

_PLAIN = ChatMessage(
    message_id=1,
    chat_id=1,
    from_bot=True,
    sender_id=42,
    date=0,
    text="",
    entities=(),
    buttons=(),
    silent=False,
    preview_off=True,
    deleted=False,
    edited=False,
    reply_to=None,
    reactions={},
    link_preview_options={},
    photo=False,
    document={},
    version=1,
)


def shown_message(
    chat_id: ChatId,
    text: str,
    buttons: Sequence[str] = (),
    data_of: Callable[[str], str] = str,
    **others: Any,
) -> ChatMessage:
    """Return one of the bot, with a row of buttons by their texts."""
    row = tuple(Button(button, data_of(button), None) for button in buttons)
    return replace(_PLAIN, chat_id=chat_id, text=text, buttons=(row,) if row else (), **others)
