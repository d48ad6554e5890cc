"""What must be so of the claims when all has come to rest."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from redis.asyncio import Redis

from chaos.boards import wrong_boards
from chaos.claims import Claims
from chaos.copies import Strangers, lies, strangers_on
from chaos.decisions import Decision
from chaos.house import Ended
from chaos.leftover_keys import outliving, ownerless
from chaos.places import in_other_places
from chaos.producers import Accepted
from chaos.reading_order import out_of_order
from chaos.reckoning import Counts, Evidence, marks_in, nobody_knows_of, reckon
from chaos.story import closings, contradictions
from chaos.tidy import untidy
from chaos.topics.judging import outside, topics_on, unknown_topics, wrong_topics
from chaos.topics.threads import Place
from chaos.truth import Known, Truth, forgotten, read_truth
from chaos.unread import MOST_ON_A_CARD, unread
from onduty.events import (
    ConversationClaimed,
    ConversationClosed,
    ConversationDelegated,
    ConversationReleased,
    Event,
    MessageUndeliverable,
)
from onduty_desk.failures.failures import Failures
from onduty_sandbox.client import LoggedRequest, Sandbox

AT_REST_WITHIN_S = 60.0
"""After an outage the clock of people is half a minute behind, and what is held waits for it."""

LOOK_EVERY_S = 0.5
LOOKS = 5
"""At least so many, however long a look takes: nothing must change during one of them."""
RINGS = frozenset({"offered", "asked", "rung", "rung_all", "moved", "raised", "dropped"})
"""Decisions by which a conversation rings by a new card, or its card goes."""


@dataclass(frozen=True)
class AtRest:
    """What does not agree, by what it does not agree with; looked at until nothing changes."""

    truth: Truth
    lies: list[str]
    untidy: list[str]
    """What is left on phones and should be gone, or shorter, or have the button."""
    boards: list[str]
    strangers: Strangers
    """Messages with buttons that Telegram took and nobody was told of."""
    forgotten: list[str]
    elsewhere: list[str]
    """In a place where it does not belong."""
    unread: list[str]
    contradictions: list[str]
    ownerless_keys: list[str]
    topics: list[str]
    unknown_topics: Collection[Place]
    """In no record: made by somebody who died, or whose answer nobody got."""


async def at_rest(
    redis: Redis,
    sandbox: Sandbox,
    claims: Claims,
    events: Sequence[Event],
    *,
    is_one_version: bool,
    unknown: Strangers = frozenset(),
    deleted: Collection[Place] = (),
) -> AtRest:
    """Compare until everything agrees: a lease may end, and its cards change, while we look.

    Nobody removes what a version sent that did not note it down, or knew no rule for, so of two
    nothing is untidy. Boards are none of theirs either: where an older one claims, or lets somebody
    go off duty, they are put right within the hour. One that is `unknown`, of which no sender
    learned that it was taken, stays, also without buttons: a follow-up, or a card that was tapped.
    """
    deadline = time.monotonic() + AT_REST_WITHIN_S
    plan = claims.plan
    looks = 0
    while True:
        looks += 1
        truth = await read_truth(redis)
        given_up = {
            (str(failure.get("chat")), message)
            for failure in (await Failures(redis).all()).values()
            for message in failure.get("messages", ())
        }
        shown = await asyncio.gather(*map(sandbox.messages, plan.phones))
        phones = dict(zip(plan.phones, shown, strict=True))
        strangers = await strangers_on(redis, phones, claims.dead)
        bare = unknown & {
            (c, m.message_id) for c, all_ in phones.items() for m in all_ if not m.buttons
        }
        topics, flat = await topics_on(redis, sandbox, plan.with_topics), outside(phones)
        found = AtRest(
            truth,
            lies(
                *(truth, flat, plan.throughout_phones, strangers | bare),
                is_one_version=is_one_version,
                closed_at=closings(events),
            ),
            untidy(truth, flat, plan.throughout_phones, strangers | bare) if is_one_version else [],
            await wrong_boards(redis, truth, phones) if is_one_version else [],
            strangers,
            await forgotten(redis, truth),
            await in_other_places(redis, truth),
            list(unread(truth, phones, plan, claims.accepted, given_up)),
            contradictions(events, truth.states),
            [*await ownerless(redis, truth), *await outliving(redis, truth)],
            wrong_topics(truth, topics, strangers, deleted),
            unknown_topics(topics),
        )
        is_at_rest = not any(
            (
                *(found.lies, found.untidy, found.boards, found.forgotten, found.unread),
                *(found.contradictions, found.ownerless_keys, found.elsewhere, found.topics),
            )
        )
        if is_at_rest or (looks >= LOOKS and time.monotonic() > deadline):
            return found
        await asyncio.sleep(LOOK_EVERY_S)


def still_in_line(truth: Truth) -> set[str]:
    """Return the messages that wait where nobody is asked, because nobody is there who could be."""
    return {
        message
        for known in truth.conversations.values()
        if _is_nobody_rung(truth, known)
        for message in known.round_messages
    }


def _is_nobody_rung(truth: Truth, known: Known) -> bool:
    if known.state[0] != "waiting" or known.routing == "everyone":
        return False
    is_nobody_there = truth.members.get(known.fields["group"], frozenset()) <= truth.paused
    return is_nobody_there or (known.routing == "assigned" and not known.asked_by_desk)


def unexplained(
    strangers: Strangers, sends: Sequence[LoggedRequest], ended: Sequence[Ended]
) -> list[str]:
    """Return the strangers whose sender could have known of them."""
    return [
        f"message {send.message_id} on phone {send.chat_id}: {send.parameters.get('text')!r}"
        for send in sends
        if (send.chat_id, send.message_id) in strangers and not nobody_knows_of(send, ended)
    ]


def told_and_not_done(claims: Claims, events: Sequence[Event]) -> list[str]:
    """Return who was told that a conversation is theirs more often than the backend was."""
    claimed = Counter(
        (event.conversation_id, event.operator.id)
        for event in {event.id: event for event in events}.values()
        if isinstance(event, ConversationClaimed | ConversationDelegated) and event.operator
    )
    return [
        f"{conversation}: {chat} was told {times} times that it is theirs, the backend {known}"
        for (conversation, chat), times in claims.yours.items()
        if times > (known := claimed[conversation, chat])
    ]


def reckon_claims(
    claims: Claims,
    sends: Sequence[LoggedRequest],
    edits: Sequence[LoggedRequest],
    failures: Sequence[Mapping[str, object]],
    ended: Sequence[Ended],
    events: Sequence[Event],
    decisions: Sequence[Decision] = (),
    truth: Truth | None = None,
    *,
    deletions: Sequence[LoggedRequest] = (),
    unknown: Strangers = frozenset(),
    is_one_version: bool = True,
) -> Counts:
    """Count their messages as the others' are.

    Lost is what came on no phone, in no card at all, and of which the backend was not told; but
    where not all are rung it may still wait for the first who is there and has room. Whoever waits
    again rings by a new card, in the place of the one before, and so does a round that was closed
    and reopened: each time between two closings or releases is counted by itself. So is each time
    between two decisions whom it rings, where those are not all.

    In order is of two versions what they send: a card that an older one has rung by its newest
    message is drawn with what came before only when another takes its place.
    """
    counts = Counts(accepted=len(claims.accepted))
    shown = {mark for send in (*sends, *edits) if send.taken for mark in marks_in(send)}
    told = {event.message_id for event in events if isinstance(event, MessageUndeliverable)}
    counts.lost += [
        f"{message.message_id} at {message.accepted_at:.1f}, {_story_of(message, events)}"
        for message in claims.accepted
        if message.message_id not in shown | told | (still_in_line(truth) if truth else set())
        and not was_closed_by_backend(message, events, [*sends, *edits])
    ]
    ours = [send for send in sends if send.chat_id in claims.plan.claimers]
    asked = [edit for edit in edits if edit.chat_id in claims.plan.claimers]
    read = [*ours, *asked, *deletions] if is_one_version else ours
    counts.out_of_order = out_of_order(claims.accepted, read, failures, unknown)
    for name in {message.conversation_id for message in claims.accepted}:
        ended_at = [
            event.occurred_at.timestamp()
            for event in events
            if isinstance(event, ConversationClosed | ConversationReleased)
            and event.conversation_id == name
        ]
        ended_at += [one.at for one in decisions if one.what in RINGS and one.conversation == name]
        accepted = [m for m in claims.accepted if m.conversation_id == name]
        about = [s for s in ours if any(m.startswith(f"{name}-") for m in marks_in(s))]
        for since, till in pairwise(sorted({0.0, *ended_at, float("inf")})):
            some = [send for send in about if since <= send.received_at < till]
            found = reckon(Evidence(accepted, some, failures, ended, (), {}))
            counts.repeated_unmarked += found.repeated_unmarked
            counts.repeated_other += found.repeated_other
    return counts


def _story_of(message: Accepted, events: Sequence[Event]) -> str:
    """Return what the backend was told of a message's conversation, and when."""
    told = [
        f"{event.type.removeprefix('conversation.')} at {event.occurred_at.timestamp():.1f}"
        f" by {'an operator' if getattr(event, 'operator', None) else 'nobody of the desk'}"
        for event in events
        if event.conversation_id == message.conversation_id
    ]
    return ", ".join(told) or "no event"


def _is_closing(event: Event) -> bool:
    return isinstance(event, ConversationClosed)


def was_closed_by_backend(
    message: Accepted, events: Sequence[Event], sends: Sequence[LoggedRequest]
) -> bool:
    """The backend, which pushed the message, closed the conversation before it could be sent.

    An operator may have closed it before: what they had not seen opened it again, and would have
    been on whatever was sent until the next closing, but for a full card: what is behind it comes
    with the next.
    """
    # Written down a moment after it was accepted, and by then the backend may have closed.
    latest = {True: message.accepted_at - 1, False: message.accepted_at}
    closings = [
        event
        for event in events
        if _is_closing(event)
        and event.conversation_id == message.conversation_id
        and event.occurred_at.timestamp() > latest[getattr(event, "operator", None) is None]
    ]
    shown_at = []
    for send in sends:
        marks = [m for m in marks_in(send) if m.startswith(f"{message.conversation_id}-")]
        if send.taken and 0 < len(marks) < MOST_ON_A_CARD:
            shown_at.append(send.received_at)
    ends = [closing.occurred_at.timestamp() for closing in closings[1:]] + [float("inf")]
    for closing, end in zip(closings, ends, strict=False):
        if getattr(closing, "operator", None) is None:
            return True
        if any(closing.occurred_at.timestamp() < at < end for at in shown_at):
            return False
    return False
