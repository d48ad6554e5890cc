"""The state machines of conversations, deliveries and copies.

`docs/state_machines.md` is generated from it. `by` names the Lua module that makes the one.
"""

from typing import NamedTuple


class Transition(NamedTuple):
    """A transition from one state to another; "" is the state without a record."""

    source: str
    event: str
    target: str
    by: str
    follows: str


CONVERSATION = (
    Transition("", "message", "waiting", "route", "it waits in its group; all on duty are rung"),
    Transition(
        "waiting", "message", "waiting", "route", "cards show it; a ring at most each RING_EVERY"
    ),
    Transition("waiting", "claim", "claimed", "ownership", "event claimed; the lease begins"),
    Transition("waiting", "close", "closed", "ownership", "by the backend: event closed"),
    Transition(
        "claimed", "message", "claimed", "route", "to the owner alone, as a reply to the card"
    ),
    Transition(
        "claimed", "renew", "claimed", "ownership", "a tap or `touch`: the lease starts again"
    ),
    Transition("claimed", "nudge", "claimed", "timers", "the owner is asked; the lease will end"),
    Transition(
        "claimed", "take over", "claimed", "ownership", "event claimed; the old owner gets a note"
    ),
    Transition(
        "claimed", "pass", "claimed", "ownership", "event delegated; the new owner's phone rings"
    ),
    Transition(
        "claimed", "release", "waiting", "ownership", "event released; the others' phones ring"
    ),
    Transition(
        "claimed", "lease ends", "waiting", "ownership", "the same, and the owner gets a note"
    ),
    Transition(
        "claimed", "owner goes", "waiting", "ownership", "the same: /off, blocked, a changed phrase"
    ),
    Transition(
        "claimed", "close", "closed", "ownership", "event closed; an unseen message reopens it"
    ),
    Transition(
        "closed", "message", "waiting", "rounds", "a new round; the last owner is rung first"
    ),
    Transition("closed", "reopen", "claimed", "ownership", "by whoever closed it: event claimed"),
)

DELIVERY = (
    Transition("", "offered", "waiting", "deliveries", "the conversation is in the phone's outbox"),
    Transition("", "shown", "waiting", "cards", "the phone asked for the card, or came on duty"),
    Transition(
        "", "came meanwhile", "waiting", "backlog", "sent with what the phone is about to get"
    ),
    Transition("waiting", "begun", "attempting", "attempt", "exactly this set is sent"),
    Transition("waiting", "no ring due", "quiet", "outbox", "it is edited into the card"),
    Transition("quiet", "a ring is due", "waiting", "outbox", "it is sent with the others"),
    Transition("waiting", "flood", "summarised", "cards", "the card counts it"),
    Transition(
        "waiting",
        "claimed, off duty",
        "withdrawn",
        "outbox",
        "others get it if only this phone had it",
    ),
    Transition("waiting", "next round", "withdrawn", "rounds", "it is not sent any more"),
    Transition(
        "attempting", "must not go on", "withdrawn", "attempts", "marked ↻ if it is sent again"
    ),
    Transition("attempting", "not taken", "waiting", "settled_send", "others go first"),
    Transition(
        "attempting", "done", "sent", "settled_send", "with the ids of its Telegram messages"
    ),
    Transition(
        "attempting", "refused", "given up", "settled_send", "failed list; event undeliverable"
    ),
    Transition(
        "attempting", "broke six times", "given up", "aside", "failed list; event undeliverable"
    ),
    Transition("given up", "retry", "waiting", "retry_delivery", "`onduty failed retry`"),
)

COPY = (
    Transition("", "send done", "shown", "settled_send", "its first message is the card"),
    Transition("shown", "conversation changed", "edit", "edits", "its version is out of date"),
    Transition("edit", "done", "shown", "settled_edit", "the current state"),
    Transition("edit", "gone", "", "settled_edit", "an owner gets a new card"),
    Transition(
        "shown", "shown further down", "link_to_newer_card", "copies", "the newer one is the card"
    ),
    Transition(
        "link_to_newer_card", "done", "shown", "settled_edit", "it says that it is further down"
    ),
    Transition(
        "shown", "round over, off duty", "remove_keyboard", "edits", "it is not edited any more"
    ),
    Transition("remove_keyboard", "done", "", "settled_edit", "its text stays"),
    Transition(
        "shown", "what a note asked is over", "delete", "edits", "a nudge, a call without texts"
    ),
    Transition(
        "delete", "done", "shown", "settled_edit", "after 48 hours only its buttons are removed"
    ),
    Transition("shown", "note requested", "send_note", "notes", "as a reply to the card"),
    Transition(
        "send_note", "done", "shown", "settled_note", "a nudge or a call is stored until it is over"
    ),
)


def diagram(transitions: tuple[Transition, ...]) -> str:
    """Return a Mermaid state diagram."""

    def name(state: str) -> str:
        return state.replace(" ", "_") or "[*]"

    arrows = [f"    {name(one.source)} --> {name(one.target)}: {one.event}" for one in transitions]
    return "\n".join(["stateDiagram-v2", *arrows])


def table(transitions: tuple[Transition, ...]) -> str:
    """Return the transitions as a Markdown table."""
    rows = [
        f"| {one.source or '-'} | {one.event} | {one.target or '-'} | `{one.by}` | {one.follows} |"
        for one in transitions
    ]
    head = ["| from | event | to | by | what follows |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])
