"""What a phone shows: messages and their buttons, read from the control API's answers."""

from dataclasses import dataclass

from onduty_sandbox.client.asking import SandboxError
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object


@dataclass(frozen=True)
class Button:
    """An inline button; it has either data for the bot or a link, or neither."""

    text: str
    callback_data: str | None
    url: str | None


@dataclass(frozen=True)
class ChatMessage:
    """A message as the phone shows it."""

    message_id: int
    chat_id: int
    from_bot: bool
    sender_id: int
    date: int
    text: str
    entities: tuple[Json, ...]
    buttons: tuple[tuple[Button, ...], ...]
    silent: bool
    preview_off: bool
    deleted: bool
    edited: bool
    reply_to: int | None
    reactions: dict[int, str]
    link_preview_options: Json
    photo: bool
    document: Json
    version: int
    pinned: bool = False
    pins: int | None = None
    """Of a bubble that says so: the message that was pinned."""
    topic: int | None = None
    """The id of the topic that it stands in."""
    topic_created: Json | None = None
    """Of a bubble that says so: name and icon of the new topic."""
    topic_edited: Json | None = None
    """Of a bubble that says so: what is different now."""
    written_monotonic: float = 0.0
    """When Telegram had it, by `time.monotonic()` of this machine."""

    @property
    def button_texts(self) -> list[str]:
        """The texts of all buttons, row by row."""
        return [button.text for row in self.buttons for button in row]


def read_messages(answer: JsonValue) -> list[ChatMessage]:
    """Read the answer of GET /control/chats/{id}/messages."""
    return [_message(as_object(message)) for message in as_list(as_object(answer)["messages"])]


def _message(view: Json) -> ChatMessage:
    return ChatMessage(
        message_id=_integer(view["message_id"]),
        chat_id=_integer(view["chat_id"]),
        from_bot=bool(view["from_bot"]),
        sender_id=_integer(as_object(view["from"])["id"]),
        date=_integer(view["date"]),
        text=str(view["text"]),
        entities=tuple(as_object(entity) for entity in as_list(view["entities"])),
        buttons=_buttons(as_object(view["reply_markup"])),
        silent=bool(view["silent"]),
        preview_off=bool(view["preview_off"]),
        pinned=bool(view["pinned"]),
        pins=_number_or_none(view["pins"]),
        topic=_number_or_none(view["topic"]),
        topic_created=_object_or_none(view["topic_created"]),
        topic_edited=_object_or_none(view["topic_edited"]),
        deleted=bool(view["deleted"]),
        edited=bool(view["edited"]),
        reply_to=_number_or_none(view["reply_to"]),
        reactions={
            int(sender): str(emoji) for sender, emoji in as_object(view["reactions"]).items()
        },
        link_preview_options=as_object(view["link_preview_options"]),
        photo=view["photo"] is not None,
        document=as_object(view["document"]),
        version=_integer(view["version"]),
        written_monotonic=float(str(view["written_monotonic"])),
    )


def _buttons(markup: Json) -> tuple[tuple[Button, ...], ...]:
    rows = as_list(markup.get("inline_keyboard"))
    return tuple(tuple(_button(as_object(button)) for button in as_list(row)) for row in rows)


def _button(button: Json) -> Button:
    data, url = button.get("callback_data"), button.get("url")
    return Button(
        text=str(button.get("text")),
        callback_data=None if data is None else str(data),
        url=None if url is None else str(url),
    )


def _number_or_none(value: JsonValue) -> int | None:
    return None if value is None else _integer(value)


def _object_or_none(value: JsonValue) -> Json | None:
    return None if value is None else as_object(value)


def _integer(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise SandboxError(f"{value!r} is no whole number.")
    return value
