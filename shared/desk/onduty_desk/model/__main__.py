"""Prints docs/state_machines.md: python -m onduty_desk.model > docs/state_machines.md."""

from onduty_desk.model.machines import CONVERSATION, COPY, DELIVERY, diagram, table

_HEAD = """\
# State machines

What a conversation, a delivery and a phone's copy of a conversation can be, what changes them, and
what follows. Drawn from `onduty_desk/model/machines.py`, which a test compares with the scripts.
Each way is one atomic step: a Lua script does all of it or nothing.

"""
_PARTS = (
    (
        "A conversation",
        CONVERSATION,
        """\
All messages of one customer thread. It expires with the retention time after its newest message, in
whatever state it is.""",
    ),
    (
        "A delivery",
        DELIVERY,
        """\
One customer message at one phone. `sent` keeps the ids of the Telegram messages, `given up` the
reason.""",
    ),
    (
        "A copy",
        COPY,
        """\
What one phone shows of a conversation. States other than *shown* are the next step that a
dispatcher does there, in this order: remove keyboards, link to the newer card, delete, edit; notes
go with the sends.""",
    ),
)


def main() -> None:
    """Print all three."""
    print(_HEAD, end="")  # noqa: T201 - that is what it is for
    parts = [
        f"## {title}\n\n{about}\n\n```mermaid\n{diagram(ways)}\n```\n\n{table(ways)}\n"
        for title, ways, about in _PARTS
    ]
    print("\n".join(parts), end="")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
