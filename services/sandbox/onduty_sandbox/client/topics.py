"""The topics of a private chat, as a phone lists them."""

from dataclasses import dataclass

from onduty_sandbox.client.messages import ChatMessage
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object


@dataclass(frozen=True)
class TopicOnPhone:
    """One line of the list: a topic, its newest message, and how many are unread."""

    id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None
    is_name_implicit: bool
    last_action: str | None
    last_text: str
    unread: int


def read_topics(answer: JsonValue, messages: list[ChatMessage]) -> list[TopicOnPhone]:
    """Read the topics in the answer of GET /control/chats/{id}/messages, oldest first."""
    rows = as_list(as_object(answer)["topics"])
    return [_topic(as_object(row), messages) for row in rows]


def _topic(row: Json, messages: list[ChatMessage]) -> TopicOnPhone:
    topic_id, read_up_to = row["id"], row["read_up_to"]
    inside = [it for it in messages if it.topic == topic_id and not it.deleted]
    written = [it for it in inside if it.topic_created is None and it.topic_edited is None]
    read = read_up_to if isinstance(read_up_to, int) else 0
    icon, action, color = row["icon_custom_emoji_id"], row["last_action"], row["icon_color"]
    return TopicOnPhone(
        id=topic_id if isinstance(topic_id, int) else 0,
        name=str(row["name"]),
        icon_color=color if isinstance(color, int) else 0,
        icon_custom_emoji_id=None if icon is None else str(icon),
        is_name_implicit=bool(row["is_name_implicit"]),
        last_action=None if action is None else str(action),
        last_text=next((it.text for it in reversed(written) if it.pins is None), ""),
        unread=sum(it.from_bot and it.pins is None and it.message_id > read for it in written),
    )
