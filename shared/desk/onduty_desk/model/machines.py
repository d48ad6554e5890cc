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
    Transition(
        "waiting", "the time of a wave is over", "waiting", "waves", "the next phones are rung"
    ),
    Transition("waiting", "claim", "claimed", "ownership", "event claimed; the lease begins"),
    Transition("waiting", "close", "closed", "ownership", "by the backend: event closed"),
    Transition("waiting", "idle", "closed", "ownership", "answered by `touch`, and no word since"),
    Transition(
        "waiting", "all retracted", "closed", "ownership", "nobody has seen it: event closed"
    ),
    Transition(
        "claimed",
        "message",
        "claimed",
        "route",
        "to the owner alone; the lease runs from the first",
    ),
    Transition("claimed", "answer", "claimed", "ownership", "`touch`: the lease stands still"),
    Transition("claimed", "renew", "claimed", "ownership", "a tap: the lease starts again"),
    Transition("claimed", "nudge", "claimed", "timers", "the owner is asked; the lease will end"),
    Transition(
        "claimed", "take over", "claimed", "ownership", "event claimed; the old owner gets a note"
    ),
    Transition(
        "claimed", "hand over to one", "waiting", "passing", "event released; they are rung first"
    ),
    Transition(
        "claimed",
        "offer to a colleague",
        "claimed",
        "passing",
        "their phone rings; the lease stands still",
    ),
    Transition("claimed", "accept", "claimed", "ownership", "event delegated"),
    Transition(
        "claimed",
        "decline, time is up",
        "claimed",
        "passing",
        "the owner gets a note; the lease starts again",
    ),
    Transition(
        "claimed",
        "pass to a group",
        "waiting",
        "passing",
        "event delegated; that group's phones ring",
    ),
    Transition(
        "waiting",
        "a step of the escalation",
        "waiting",
        "escalation_steps",
        "event escalated; phones ring, or the admins are told",
    ),
    Transition(
        "waiting",
        "escalation to a group",
        "waiting",
        "passing",
        "events escalated and delegated; that group's phones ring",
    ),
    Transition("waiting", "offer to a colleague", "waiting", "passing", "their phone rings"),
    Transition(
        "waiting", "offer by the desk", "waiting", "assignment", "their phone rings, and no other"
    ),
    Transition(
        "waiting", "decline, time is up", "waiting", "assignment", "the next is asked, or it waits"
    ),
    Transition(
        "waiting", "the first does not take it", "waiting", "passing", "the others' phones ring"
    ),
    Transition("waiting", "accept", "claimed", "ownership", "event delegated"),
    Transition("waiting", "pass to a group", "waiting", "passing", "the same as of a claimed one"),
    Transition(
        "claimed",
        "release",
        "waiting",
        "ownership",
        "event released; RELEASE_DELAY later the others' phones ring",
    ),
    Transition(
        "claimed",
        "lease ends",
        "waiting",
        "ownership",
        "event released; phones ring at once, and the owner gets a note",
    ),
    Transition(
        "claimed",
        "owner goes",
        "waiting",
        "ownership",
        "the same without a note: /off, blocked, a changed phrase",
    ),
    Transition(
        "claimed",
        "owner pauses",
        "waiting",
        "ownership",
        "with the next message, or half an hour without an answer: event released",
    ),
    Transition(
        "claimed", "close", "closed", "ownership", "event closed; an unseen message reopens it"
    ),
    Transition(
        "claimed", "idle", "closed", "ownership", "answered, and no word since: event closed"
    ),
    Transition(
        "closed", "message", "waiting", "rounds", "a new round; the last owner is rung first"
    ),
    Transition("waiting", "forget", "closed", "forgetting", "every trace goes, without an event"),
    Transition("claimed", "forget", "closed", "forgetting", "the same"),
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
        "waiting", "newer card", "summarised", "settled_send", "it is edited into that card"
    ),
    Transition(
        "waiting",
        "claimed, off duty",
        "withdrawn",
        "outbox",
        "others get it if only this phone had it",
    ),
    Transition("waiting", "retracted", "withdrawn", "amending", "it rings nobody"),
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
        "shown",
        "a follow-up is edited or retracted",
        "rewrite",
        "amending",
        "the customer changes what its owner has got as a reply to the card",
    ),
    Transition("rewrite", "done", "shown", "settled_edit", "the current words"),
    Transition("shown", "off duty", "remove_keyboard", "edits", "it is not edited any more"),
    Transition("remove_keyboard", "done", "", "settled_edit", "its text stays"),
    Transition(
        "shown", "newer card, closed, a note is over", "delete", "edits", "the older messages go"
    ),
    Transition("delete", "done", "shown", "settled_edit", "its owner keeps one line when closed"),
    Transition("delete", "gone", "shorten", "settled_edit", "it is older than 48 hours"),
    Transition("shorten", "done", "shown", "settled_edit", "one line without buttons is left"),
    Transition("shown", "note requested", "send_note", "notes", "as a reply to the card"),
    Transition(
        "send_note", "done", "shown", "settled_note", "it is stored until it is over, then deleted"
    ),
)

NUDGE = (
    Transition("", "silent", "send_nudge", "timers", "the lease of a conversation is over"),
    Transition("send_nudge", "done", "shown", "settle_nudge", "the nudge before it is deleted"),
    Transition(
        "send_nudge", "refused, unknown twice", "", "settle_nudge", "nobody is asked; leases end"
    ),
    Transition("shown", "one more, answered", "edit_nudge", "nudges", "without a ring"),
    Transition("edit_nudge", "done", "shown", "settle_nudge", "rows keep their numbers"),
    Transition("edit_nudge", "gone", "send_nudge", "settle_nudge", "without a ring"),
    Transition(
        "shown",
        "may ring again",
        "send_nudge",
        "timers",
        "what came without a ring rings in a new one",
    ),
    Transition("shown", "all answered, off duty", "", "nudges", "it is deleted"),
)
"""What a dispatcher does next about a phone's nudge."""

BOARD = (
    Transition("", "/on", "send_board", "show_board", "after the greeting and its cards"),
    Transition("send_board", "done", "pin_board", "settle_board", "silently"),
    Transition(
        "send_board",
        "unknown",
        "send_board",
        "next_board",
        "once more; a tap on the other removes it",
    ),
    Transition("send_board", "unknown twice, refused", "", "boards", "none until the next /on"),
    Transition("pin_board", "done, refused", "shown", "settle_board", "the bot deletes the bubble"),
    Transition("pin_board", "gone", "", "settle_board", "none until the next /on"),
    Transition("shown", "what it shows changed", "edit_board", "boards", "at most each 10 s"),
    Transition("edit_board", "done", "shown", "settle_board", "what is true at that moment"),
    Transition(
        "edit_board", "gone", "", "settle_board", "its owner deleted it: until the next /on"
    ),
    Transition("shown", "/on again", "pin_board", "show_board", "if it is gone, another is sent"),
    Transition("shown", "off duty", "delete_board", "boards", "/off, blocked, a changed phrase"),
    Transition("delete_board", "done", "", "settle_board", "and with it the pin"),
    Transition("delete_board", "gone", "retire_board", "settle_board", "older than 48 hours"),
    Transition("retire_board", "done", "", "settle_board", "unpinned; one line without buttons"),
)
"""What a dispatcher does next about a phone's board."""


REPLY = (
    Transition("", "no reply to anything", "held", "offer", "its author is asked for whom it is"),
    Transition("", "a colleague's, closed", "held", "answer", "its author is asked"),
    Transition("", "reply to a card", "sending", "answer", "event reply.sent; claims what waits"),
    Transition("", "reply to a card", "delayed", "delays", "SEND_AFTER; claims what waits"),
    Transition("held", "edit", "held", "change", "nobody is told"),
    Transition("held", "take over, reopen, choose", "sending", "send_held", "event reply.sent"),
    Transition("held", "/undo", "", "change", "it is never sent"),
    Transition("held", "take over, reopen, choose", "delayed", "delays", "SEND_AFTER"),
    Transition("delayed", "edit", "delayed", "change", "nobody is told"),
    Transition("delayed", "Undo, /undo", "deleted", "delays", "it is never sent"),
    Transition("delayed", "its time", "sending", "delays", "event reply.sent"),
    Transition(
        "delayed", "close, pass, release, /off", "sending", "delays", "before the event of that"
    ),
    Transition("sending", "confirmed", "delivered", "replies", "the newest event is what counts"),
    Transition("sending", "refused, a day of failures", "failed", "replies", "failed list"),
    Transition("sending", "reported", "read", "replies", "before it is confirmed"),
    Transition("delivered", "reported", "read", "replies", "SupportDesk.report"),
    Transition("delivered", "reported", "failed", "replies", "failed list"),
    Transition("read", "reported", "failed", "replies", "failed list"),
    Transition("delivered", "edit, /undo", "sending", "change", "event edited or deleted"),
    Transition("read", "edit, /undo", "sending", "change", "event edited or deleted"),
    Transition("failed", "try again, edit, retry", "sending", "replies", "as it reads now"),
    Transition("failed", "reported", "delivered", "replies", "out of the failed list"),
    Transition("sending", "confirmed /undo", "deleted", "replies", "no reaction is left"),
    Transition("failed", "confirmed /undo", "deleted", "replies", "the answer itself was refused"),
)
"""What becomes of an operator's answer; each but `held`, `delayed` and `deleted` is a reaction."""


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
