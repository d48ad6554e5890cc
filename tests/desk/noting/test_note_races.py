"""Two bots at once, a kill in the middle, a colleague at the same moment: nothing slips."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.events.queue import EventQueue
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, card_key
from onduty_desk.noting.notes import Notebook, notes_of
from onduty_desk.replies.replying import Replies, Written
from onduty_dispatcher.wake_ups.routing import Router

CARD, C1 = 10, ConversationId("c1")
RULES = Rules()


def text(of: str = "She is angry", *, by: int = 1, message: int = 20) -> Written:
    name = f"Operator {by}"
    who = (OperatorId(by), name, name, ChatId(by), message)
    return Written(*who, of, of, datetime.now(UTC))


Tap = Callable[..., Awaitable[str]]


@pytest.fixture
async def tap(
    redis: Redis, push: Push, come_on: ComeOn, router: Router, event_queue: EventQueue
) -> Tap:
    """Two are on duty, the first answers a customer and taps."""
    await event_queue.take(1)
    await come_on(1, 2)
    push("Hello?")
    await router.route_accepted()
    for chat in (1, 2):
        await redis.set(card_key(ChatId(chat), CARD), "c1")
    updates, conversations = count(900), Conversations(redis, RULES)

    async def do(verb: Verb, by: int = 1) -> str:
        done = await conversations.tap(
            verb,
            operator_id=OperatorId(by),
            name=f"Operator {by}",
            chat_id=ChatId(by),
            message_id=CARD,
            update_id=next(updates),
        )
        return done.result

    assert await do(Verb.CLAIM) == "claimed"
    assert await do(Verb.NOTE) == "note"
    return do


@pytest.fixture
def notebook(redis: Redis) -> Notebook:
    return Notebook(redis, RULES)


@pytest.mark.usefixtures("tap")
async def test_two_bots_that_handle_the_same_text_keep_one_note(
    redis: Redis, notebook: Notebook
) -> None:
    """Neither takes it for an answer: both are told that it was the note."""
    bots = [Notebook(redis, RULES) for _ in range(4)]
    given = await asyncio.gather(*(one.give(text(), "text", update_id=500) for one in bots))
    assert [one.result for one in given] == ["given"] * 4
    assert [note.text for note in await notes_of(redis, C1)] == ["She is angry"]
    assert (await notebook.give(text("Next", message=21), "text", update_id=501)).result == (
        "not_armed"
    )


async def test_handled_again_after_a_kill_it_is_a_note_still(
    redis: Redis, tap: Tap, notebook: Notebook
) -> None:
    """Also when the next is armed, or another owner has it by then."""
    assert (await notebook.give(text(), "text", update_id=500)).result == "given"
    assert await tap(Verb.NOTE) == "note"
    assert (await notebook.give(text(), "text", update_id=500)).result == "given"
    assert await tap(Verb.RELEASE) in {"released", "released_soon"}
    assert (await notebook.give(text(), "text", update_id=500)).result == "given"
    assert len(await notes_of(redis, C1)) == 1


@pytest.mark.parametrize("then", ["theirs still", "released"])
async def test_what_was_written_below_the_question_is_no_answer_though_an_older_text_was_the_note(
    redis: Redis, tap: Tap, notebook: Notebook, then: str
) -> None:
    """The bot was late: they had written on before it asked, and then read its question."""
    await notebook.asked(OperatorId(1), C1, 30)

    async def give(message: int, **changes: object) -> str:
        written = replace(text(f"text {message}", message=message), **changes)  # type: ignore[arg-type]
        return (await notebook.give(written, "text", update_id=message)).result

    assert await give(20) == "given"
    assert await give(21) == "not_armed"
    if then == "released":
        assert await tap(Verb.RELEASE) in {"released", "released_soon"}
    assert await give(31) == ("given" if then == "theirs still" else "over")
    assert await give(32) == "not_armed"
    assert await redis.exists("onduty:noting:1", "onduty:notes-over") == 0


async def test_each_of_several_questions_has_its_note_though_the_bot_was_late(
    tap: Tap, notebook: Notebook
) -> None:
    """Older texts were taken for both, before what stands below the questions was handled."""

    async def give(message: int) -> str:
        return (await notebook.give(text(message=message), "text", update_id=message)).result

    await notebook.asked(OperatorId(1), C1, 30)
    assert await give(20) == "given"
    assert await tap(Verb.NOTE) == "note"
    await notebook.asked(OperatorId(1), C1, 40)
    assert await give(21) == "given"
    assert await give(31) == "given"
    assert await give(32) == "not_armed"
    assert await give(41) == "given"
    assert await give(42) == "not_armed"


async def test_what_was_written_when_the_question_had_gone_is_an_answer(
    tap: Tap, notebook: Notebook
) -> None:
    """It goes with the note."""
    await notebook.asked(OperatorId(1), C1, 30)
    assert (await notebook.give(text(message=20), "text", update_id=20)).result == "given"
    later = replace(text(message=31), at=datetime.now(UTC) + timedelta(seconds=9))
    assert (await notebook.give(later, "text", update_id=31)).result == "not_armed"
    assert await tap(Verb.NOTE) == "note"
    assert (await notebook.give(text(message=32), "text", update_id=32)).result == "given"


async def test_a_text_at_the_moment_of_a_release_is_a_note_or_goes_nowhere(
    redis: Redis, tap: Tap
) -> None:
    """Whichever of the two is first; an answer it is never."""
    for round_number in range(10):
        message = 100 + round_number
        released, given = await asyncio.gather(
            tap(Verb.RELEASE),
            Notebook(redis, RULES).give(text(message=message), "text", update_id=message),
        )
        assert released in {"released", "released_soon"}
        assert given.result in {"given", "over"}
        assert await redis.exists("onduty:noting:1") == 0
        assert await tap(Verb.CLAIM) == "claimed"
        assert await tap(Verb.NOTE) == "note"


@pytest.mark.usefixtures("tap")
async def test_sent_instead_by_two_taps_it_goes_once(redis: Redis, notebook: Notebook) -> None:
    """The second is told that it was sent."""
    await notebook.give(text(), "text", update_id=500)
    sent = await asyncio.gather(
        *(
            Notebook(redis, RULES).send(
                OperatorId(1), "Operator 1", "One", ChatId(1), 20, update_id=update
            )
            for update in (600, 601, 600)
        )
    )
    assert sorted(one.outcome.result for one in sent) == ["not_held", "sent", "sent"] or (
        sorted(one.outcome.result for one in sent) == ["not_held", "not_held", "sent"]
    )
    events = await redis.lrange("onduty:events:c1", 0, -1)
    assert len([event for event in events if '"reply.sent"' in event]) == 1
    assert await notes_of(redis, C1) == []


async def test_of_a_customer_who_is_a_colleagues_by_now_nothing_is_sent(
    redis: Redis, tap: Tap, notebook: Notebook
) -> None:
    """It stays a note."""
    await notebook.give(text(), "text", update_id=500)
    await tap(Verb.RELEASE)
    assert await tap(Verb.CLAIM, by=2) == "claimed"
    sent = await notebook.send(OperatorId(1), "Operator 1", "One", ChatId(1), 20, update_id=600)
    assert (sent.outcome.result, sent.outcome.name) == ("taken", "Operator 2")
    assert len(await notes_of(redis, C1)) == 1
    assert not await Replies(redis, RULES).is_reply(ChatId(1), 20)


@pytest.mark.usefixtures("tap")
async def test_only_the_author_changes_or_sends_it(notebook: Notebook) -> None:
    """And only on duty; what a message of somebody else is called is not theirs to know."""
    await notebook.give(text(), "text", update_id=500)
    two = OperatorId(2)
    change = notebook.change(two, ChatId(1), 20, text="No", html="No", update_id=600)
    assert await change == "not_theirs"
    assert await notebook.remove(two, ChatId(1), 20, update_id=601) == "not_theirs"
    sent = await notebook.send(two, "Operator 2", "Two", ChatId(1), 20, update_id=602)
    assert sent.outcome.result == "not_held"


@pytest.mark.usefixtures("tap")
async def test_a_forward_is_never_sent(redis: Redis, notebook: Notebook) -> None:
    """Words of somebody else stay a note."""
    await notebook.give(text(), "forward", update_id=500)
    sent = await notebook.send(OperatorId(1), "Operator 1", "One", ChatId(1), 20, update_id=600)
    assert sent.outcome.result == "not_held"
    assert len(await notes_of(redis, C1)) == 1


async def test_there_is_a_most(redis: Redis, tap: Tap, notebook: Notebook) -> None:
    """The fifty-first goes nowhere, and that is said."""
    for number in range(51):
        if number:
            await tap(Verb.NOTE)
        written = text(str(number), message=100 + number)
        given = await notebook.give(written, "text", update_id=1_100 + number)
        assert given.result == ("given" if number < 50 else "full")
    assert [note.text for note in await notes_of(redis, C1)] == [str(n) for n in range(50)]


async def test_they_last_as_long_as_the_conversation(
    redis: Redis, tap: Tap, notebook: Notebook
) -> None:
    """Nothing of them stays behind."""
    await notebook.give(text(), "text", update_id=500)
    lasts = await redis.ttl("onduty:conversation:c1")
    assert lasts <= await redis.ttl("onduty:notes:c1") <= lasts + 3_600
    assert 0 < await redis.ttl("onduty:note-place:1:20") <= lasts
    await tap(Verb.NOTE)
    assert 0 < await redis.ttl("onduty:noting:1") <= max(lasts, 86_400)
