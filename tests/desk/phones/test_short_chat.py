"""A phone's chat stays short: what is over is removed, and each customer has one message."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId, copies_key
from onduty_desk.phones.outbox import Attempt, Outbox, Taken
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.pace import Pace
from onduty_dispatcher.wake_ups.routing import Router
from onduty_sandbox.client import Sandbox

C1 = ConversationId("c1")
LONG = "word " * 2_000
HOUR = timedelta(hours=1)


@pytest.fixture
async def owned(alice_writes: AliceWrites, push: Push) -> Desk:
    """Operator 1 of two has claimed Alice, who has written twice more since."""
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    for text in ("Two", "Three"):
        push(text)
        await desk.jobs.route()
        await desk.quiet()
    assert len(await desk.cards(1)) == 3
    return desk


async def test_closed_the_owner_keeps_one_message_and_the_others_none(
    sandbox: Sandbox, owned: Desk
) -> None:
    """The follow-ups go together, in one request."""
    await owned.tap(1, Verb.CLOSE)
    await owned.quiet()
    (card,) = await owned.cards(1)
    assert card.button_texts == ["Reopen"]
    assert await owned.cards(2) == []
    deletions = await sandbox.log(method="deleteMessages")
    assert [deletion.chat_id for deletion in deletions] == [1]


async def test_taken_over_the_old_owner_keeps_the_card_and_the_note(owned: Desk) -> None:
    """The note goes when it is not so any more."""
    await owned.tap(2, Verb.OPEN)
    await owned.tap(2, Verb.TAKE_OVER)
    await owned.tap(2, Verb.CONFIRM)
    await owned.quiet()
    card, note = await owned.cards(1)
    assert card.button_texts == ["👀 Open"]
    assert note.text == "🔄 Operator 2 took over Alice from you"
    await owned.tap(2, Verb.RELEASE)
    await owned.quiet()
    assert [message.button_texts for message in await owned.cards(1)] == [["🙋 I'll answer", "⋯"]]


async def test_back_with_an_owner_whose_follow_ups_are_gone_the_card_has_their_words(
    owned: Desk, conversations: Conversations
) -> None:
    """Nothing that the customer wrote is missing on the phone of who answers."""
    await conversations.pass_all(OperatorId(1), OperatorId(2), [C1], update_id=1)
    await owned.jobs.look()
    await owned.quiet()
    await owned.tap(2, Verb.ACCEPT)
    await owned.quiet()
    assert len(await owned.cards(1)) == 1
    await conversations.pass_all(OperatorId(2), OperatorId(1), [C1], update_id=2)
    await owned.jobs.look()
    await owned.quiet()
    await owned.tap(1, Verb.ACCEPT)
    await owned.quiet()
    card = await owned.card(1)
    assert "Hello?\nTwo\nThree" in card.text
    assert card.button_texts == ["☑️ Close", "↩️ Release", "⋯"]


async def test_a_card_of_several_messages_goes_whole(alice_writes: AliceWrites) -> None:
    """Its first parts have no buttons, and are removed with it."""
    desk = await alice_writes(1, 2, text=LONG)
    assert [len(await desk.cards(operator)) for operator in (1, 2)] == [3, 3]
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2)] == [3, 1]
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2)] == [1, 0]


async def test_off_duty_a_card_without_buttons_stays_until_somebody_answers(
    alice_writes: AliceWrites, roster: Roster
) -> None:
    """Who went off may still read it."""
    desk = await alice_writes(1, 2)
    await roster.sign_out(OperatorId(2))
    await desk.jobs.look()
    await desk.quiet()
    assert [card.button_texts for card in await desk.cards(2)] == [[]]
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert await desk.cards(2) == []


async def test_off_and_on_again_there_is_one_card(
    alice_writes: AliceWrites, roster: Roster, come_on: ComeOn, conversations: Conversations
) -> None:
    """The new one takes the place of the one that lost its buttons."""
    desk = await alice_writes(1)
    await roster.sign_out(OperatorId(1))
    await desk.jobs.look()
    await desk.quiet()
    await come_on(1)
    await conversations.show_backlog(OperatorId(1), 5, update_id=1)
    await desk.jobs.look()
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.button_texts == ["🙋 I'll answer", "⋯"]


async def test_what_an_older_version_left_is_removed(
    redis: Redis, alice_writes: AliceWrites
) -> None:
    """Its notes with a button, and a card that pointed further down."""
    desk = await alice_writes(1, 2)
    left = [await desk.phones[1].send(text) for text in ("an old note", "an old card")]
    copy = json.loads(str(await redis.hget(copies_key(C1), "2")))
    copy |= {"call": left[0], "call_stays": True, "moved": left[1]}
    await redis.hset(copies_key(C1), "2", json.dumps(copy))
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    shown = [message for message in await desk.phones[1].messages() if not message.deleted]
    assert {message.message_id for message in shown} & set(left) == set()


async def test_a_ring_that_an_older_version_asked_for_is_a_card(
    redis: Redis, alice_writes: AliceWrites
) -> None:
    """It was to be a note."""
    desk = await alice_writes(1, 2)
    old = await desk.card(2)
    copy = json.loads(str(await redis.hget(copies_key(C1), "2")))
    await redis.hset(copies_key(C1), "2", json.dumps({**copy, "note": "released"}))
    await redis.zadd("onduty:outbox:2", {"c1": 1e14})
    await redis.zadd("onduty:timetable:normal", {"2": 1})
    await desk.jobs.look()
    await desk.quiet()
    (card,) = await desk.cards(2)
    assert card.message_id > old.message_id
    assert not card.silent


class TestDeleting:
    """A deletion that is due, at one phone."""

    @pytest.fixture
    async def sent(
        self, redis: Redis, come_on: ComeOn, push: Push, router: Router, outbox: Outbox
    ) -> Taken:
        """Three messages are one long card, and its conversation has just been closed."""
        await come_on(1)
        push(LONG)
        await router.route_accepted()
        (card,), _ = await outbox.take(10)
        attempt: Attempt | None = await outbox.attempt(card, card.message_ids, 3)
        assert attempt
        for part in ("10", "11", "12"):
            await outbox.settle(card, "done", part, attempt_id=attempt.id)
            (card, *_), _ = (await outbox.take(10)) if part != "12" else ((card,), None)
            if part != "12":
                assert await outbox.attempt(card, card.message_ids, 3)
        await redis.rpush(inbox_key("c1"), '["close"]')
        await redis.zadd(ACCEPTED, {"c1": 1})
        await router.route_accepted()
        return card

    @pytest.mark.usefixtures("sent")
    async def test_it_needs_no_slot(self, redis: Redis, rules: object) -> None:
        """Sends and edits share the pace; deletions cost it nothing."""
        slow = Pace(sends_per_second=0.001, sends_per_chat_per_second=0.001)
        await redis.set("onduty:pace:slot", str(2**53))
        outbox = Outbox(redis, slow, rules, retention=HOUR)  # type: ignore[arg-type]
        (deletion,), _ = await outbox.take(10)
        assert (deletion.step, deletion.view.changed) == ("delete", (10, 11, 12))

    @pytest.mark.usefixtures("sent")
    async def test_a_batch_that_is_refused_goes_one_by_one(self, outbox: Outbox) -> None:
        """It is not known which of them Telegram does not delete."""
        (batch,), _ = await outbox.take(10)
        await outbox.settle(batch, "gone", "message can't be deleted")
        changed: list[int] = []
        for outcome in ("done", "gone", "done"):
            (one,), _ = await outbox.take(10)
            assert one.step == "delete"
            changed += one.view.changed
            await outbox.settle(one, outcome)
        assert changed == [10, 11, 12]
        (shorter,), _ = await outbox.take(10)
        assert (shorter.step, shorter.view.changed, shorter.view.state) == (
            "shorten",
            (11,),
            "closed",
        )
        await outbox.settle(shorter, "done")
        assert (await outbox.take(10))[0] == []

    @pytest.mark.usefixtures("sent")
    async def test_what_may_be_too_old_goes_one_by_one(
        self, outbox: Outbox, move_clock: MoveClock
    ) -> None:
        """A batch would pass over it without a word."""
        await move_clock(47.5 * HOUR)
        (one,), _ = await outbox.take(10)
        assert (one.step, one.view.changed) == ("delete", (10,))

    @pytest.mark.usefixtures("sent")
    async def test_an_unknown_outcome_is_tried_again(
        self, outbox: Outbox, move_clock: MoveClock
    ) -> None:
        """Twice deleted is deleted."""
        (batch,), _ = await outbox.take(10)
        await outbox.settle(batch, "unknown")
        await move_clock(timedelta(seconds=2))
        (again,), _ = await outbox.take(10)
        assert again.view.changed == batch.view.changed

    @pytest.mark.usefixtures("sent")
    async def test_a_chat_that_telegram_has_refused_is_left_alone(self, outbox: Outbox) -> None:
        """After a 429 nothing goes there, deletions neither."""
        (batch,), _ = await outbox.take(10)
        await outbox.settle(batch, "later", pause=timedelta(seconds=30))
        taken, due_in = await outbox.take(10)
        assert taken == []
        assert due_in
        assert due_in > timedelta(seconds=25)
