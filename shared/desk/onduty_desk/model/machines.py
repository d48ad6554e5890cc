"""The state machines: what a conversation, a delivery and a copy can be, and what changes them.

`docs/state_machines.md` is drawn from here. `by` names the Lua module that makes the change.
"""

from typing import NamedTuple


class Way(NamedTuple):
    """One way from a state to another; "" is where nothing is kept."""

    source: str
    event: str
    target: str
    by: str
    follows: str


CONVERSATION = (
    Way("", "message", "waiting", "route", "it stands in its group's line and rings all on duty"),
    Way("waiting", "message", "waiting", "route", "cards show it; a ring at most each RING_EVERY"),
    Way("waiting", "claim", "claimed", "ownership", "event claimed; the lease begins"),
    Way("waiting", "close", "closed", "ownership", "by the backend: event closed"),
    Way("claimed", "message", "claimed", "route", "to the owner alone, in a reply to the card"),
    Way("claimed", "renew", "claimed", "ownership", "a tap or `touch`: the lease begins anew"),
    Way("claimed", "nudge", "claimed", "run_timers", "the owner is asked; the lease will end"),
    Way("claimed", "take over", "claimed", "ownership", "event claimed; the owner before is told"),
    Way("claimed", "pass", "claimed", "ownership", "event delegated; the new owner's phone rings"),
    Way("claimed", "release", "waiting", "ownership", "event released; the others' phones ring"),
    Way("claimed", "lease ends", "waiting", "ownership", "the same, and the owner is told"),
    Way(
        "claimed", "owner goes", "waiting", "ownership", "the same: /off, blocked, a changed phrase"
    ),
    Way("claimed", "close", "closed", "ownership", "event closed; what nobody saw reopens it"),
    Way("closed", "message", "waiting", "rounds", "a new round; the last owner is told first"),
    Way("closed", "reopen", "claimed", "ownership", "by who closed it: event claimed"),
)

DELIVERY = (
    Way("", "offered", "waiting", "deliveries", "the conversation stands in the phone's outbox"),
    Way("", "shown", "waiting", "cards", "the phone asked for the card, or came on duty"),
    Way("", "came meanwhile", "waiting", "backlog", "with what is on its way to the phone"),
    Way("waiting", "begun", "attempting", "attempt", "exactly this set is sent"),
    Way("waiting", "no ring due", "quiet", "outbox", "it is drawn into the card"),
    Way("quiet", "a ring is due", "waiting", "outbox", "it is told with the rest"),
    Way("waiting", "flood", "summarised", "cards", "the card counts it"),
    Way(
        "waiting",
        "claimed, off duty",
        "withdrawn",
        "outbox",
        "others get it if only this had it",
    ),
    Way("waiting", "next round", "withdrawn", "rounds", "it comes no more"),
    Way("attempting", "must not go on", "withdrawn", "attempts", "marked ↻ if it comes once more"),
    Way("attempting", "not taken", "waiting", "settled_send", "others go first"),
    Way("attempting", "done", "sent", "settled_send", "with the ids of its Telegram messages"),
    Way("attempting", "refused", "given up", "settled_send", "failed list; event undeliverable"),
    Way("attempting", "broke six times", "given up", "aside", "failed list; event undeliverable"),
    Way("given up", "retry", "waiting", "retry_delivery", "`onduty failed retry`"),
)

COPY = (
    Way("", "send done", "shown", "settled_send", "its first message is the card"),
    Way("shown", "conversation changed", "edit", "edits", "its version is behind"),
    Way("edit", "done", "shown", "settled_edit", "as the conversation is now"),
    Way("edit", "gone", "", "settled_edit", "an owner gets it again"),
    Way("shown", "shown further down", "link_to_newer_card", "copies", "the next one is the card"),
    Way("link_to_newer_card", "done", "shown", "settled_edit", "it points down"),
    Way("shown", "round over, off duty", "remove_keyboard", "edits", "it is drawn no more"),
    Way("remove_keyboard", "done", "", "settled_edit", "its words stay"),
    Way("shown", "what a note asked is over", "delete", "edits", "a nudge, a call without texts"),
    Way("delete", "done", "shown", "settled_edit", "older than 48 hours, it loses its buttons"),
    Way("shown", "note requested", "send_note", "notes", "in a reply to the card"),
    Way("send_note", "done", "shown", "settled_note", "a nudge or a call is remembered until over"),
)


def diagram(ways: tuple[Way, ...]) -> str:
    """Return a Mermaid state diagram."""

    def name(state: str) -> str:
        return state.replace(" ", "_") or "[*]"

    arrows = [f"    {name(way.source)} --> {name(way.target)}: {way.event}" for way in ways]
    return "\n".join(["stateDiagram-v2", *arrows])


def table(ways: tuple[Way, ...]) -> str:
    """Return the ways as a Markdown table."""
    rows = [
        f"| {way.source or '-'} | {way.event} | {way.target or '-'} | `{way.by}` | {way.follows} |"
        for way in ways
    ]
    head = ["| from | event | to | by | what follows |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])
