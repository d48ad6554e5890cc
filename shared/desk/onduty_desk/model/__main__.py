"""Prints docs/state_machines.md: python -m onduty_desk.model > docs/state_machines.md."""

from onduty_desk.model.machines import (
    BOARD,
    CONVERSATION,
    COPY,
    DELIVERY,
    NUDGE,
    REPLY,
    diagram,
    table,
)
from onduty_desk.model.topic_machine import TOPIC

_HEAD = """\
# State machines

The states of a conversation, a delivery, a phone's copy of a conversation, its nudge, its board
and its topics, and of an operator's answer, their transitions, and what follows from each.
Generated from `onduty_desk/model/machines.py`, which a test compares with the scripts. Each
transition is one atomic step: a Lua script does all of it or nothing.

"""
_PARTS = (
    (
        "A conversation",
        CONVERSATION,
        """\
All messages of one customer thread. In any state it expires when the retention time after its
newest message is over.""",
    ),
    (
        "A delivery",
        DELIVERY,
        """\
One customer message on one phone. `sent` keeps the ids of the Telegram messages, `given up` the
reason.""",
    ),
    (
        "A copy",
        COPY,
        """\
What one phone shows of a conversation. A state other than *shown* is the next step that a
dispatcher does there, in this order: remove keyboards, link to the newer card, delete, edit; notes
are sent with the messages.""",
    ),
    (
        "A nudge",
        NUDGE,
        """\
The one message on a phone that asks about all whom its operator lets wait. A state other than
*shown* is the next step that a dispatcher does about it.""",
    ),
    (
        "A board",
        BOARD,
        """\
The pinned message on an operator's phone. A state other than *shown* is the next step that a
dispatcher does about it, when nothing else is due for the phone.""",
    ),
    (
        "A topic",
        TOPIC,
        """\
A thread of its own on the phone of who owns a conversation. A state other than *shown* is the next
step that a dispatcher does about it. While topics fail on a phone, all comes flat there.""",
    ),
    (
        "An answer",
        REPLY,
        """\
What an operator has written to a customer in Telegram. Its state is the bot's reaction on it: 👀
*sending*, 👍 *delivered*, 👌 *read*, 😢 *failed*.""",
    ),
)


def main() -> None:
    """Print all three."""
    print(_HEAD, end="")  # noqa: T201 - the output of a tool
    parts = [
        f"## {title}\n\n{about}\n\n```mermaid\n{diagram(rows)}\n```\n\n{table(rows)}\n"
        for title, rows, about in _PARTS
    ]
    print("\n".join(parts), end="")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
