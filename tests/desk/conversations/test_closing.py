"""Closed by its owner or the backend, and opened again by who closed it or by the customer."""

from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key, waiting_key
from onduty_desk.roster.operators import Roster

from .three_phones import events


async def test_closed_it_has_no_buttons_but_the_closers_way_back(redis: Redis, desk: Desk) -> None:
    """A mistaken tap can be undone; from the others' phones it is gone."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    theirs = (await desk.card(2)).message_id
    assert (await desk.tap(1, Verb.CLOSE)).result == "closed"
    await desk.quiet()
    assert (await desk.card(1)).text.splitlines()[0] == "☑️ Alice · closed by you"
    assert (await desk.card(1)).button_texts == ["Reopen"]
    assert [await desk.cards(operator) for operator in (2, 3)] == [[], []]
    assert (await desk.tap(2, Verb.CLAIM, theirs)).result == "is_closed"
    assert (await desk.tap(2, Verb.REOPEN, theirs)).result == "is_closed"
    assert (await desk.tap(1, Verb.REOPEN)).result == "reopened"
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
    assert [await desk.cards(operator) for operator in (2, 3)] == [[], []]
    assert [kind for kind, _ in await events(redis)] == ["claimed", "closed", "claimed"]


async def test_closed_off_duty_it_can_be_opened_again_on_duty(
    desk: Desk, roster: Roster, come_on: ComeOn
) -> None:
    """The line of what they closed has its button again, whenever it was drawn."""
    await desk.tap(1, Verb.CLAIM)
    await roster.sign_out(OperatorId(1), update_id=1)
    await desk.quiet()
    assert (await desk.tap(1, Verb.CLOSE)).result == "closed"
    await desk.quiet()
    assert (await desk.card(1)).text.splitlines()[0] == "☑️ Alice · closed by you"
    assert (await desk.card(1)).button_texts == []
    await come_on(1)
    await desk.jobs.look()
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["Reopen"]


async def test_closed_by_the_backend(redis: Redis, desk: Desk) -> None:
    """The event names no operator; nobody can act on it any more."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("close")
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 0, 0]
    assert (await desk.card(1)).text.splitlines()[0] == "☑️ Alice · closed"
    assert (await desk.card(1)).button_texts == []
    kind, event = (await events(redis))[-1]
    assert kind == "closed"
    assert "operator" not in event
    await desk.instruct("close")
    assert len(await events(redis)) == 2


async def test_looked_for_after_that_it_is_on_the_phone_once(redis: Redis, desk: Desk) -> None:
    """What was found takes the place of the line that its owner kept."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("close")
    await desk.quiet()
    (line,) = await desk.cards(1)
    for update in (71, 72):
        found = await Conversations(redis, desk.rules).show_card(
            ConversationId("c1"), OperatorId(1), update_id=update, is_any=True
        )
        assert found.result == "shown"
        await desk.jobs.look()
        await desk.quiet()
        (card,) = await desk.cards(1)
        assert card.message_id != line.message_id
        assert (card.text.splitlines()[0], card.button_texts) == (line.text, [])
        line = card


async def test_opened_again_and_released_the_backend_s_close_leaves_nothing(desk: Desk) -> None:
    """Nobody owned it: whoever closed it before keeps no line."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.CLOSE)
    await desk.tap(1, Verb.REOPEN)
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    await desk.instruct("close")
    await desk.quiet()
    assert [await desk.cards(operator) for operator in (1, 2, 3)] == [[], [], []]


async def test_a_word_about_a_conversation_nobody_knows(redis: Redis, desk: Desk) -> None:
    """Nothing happens, and nothing is left behind."""
    await desk.instruct("close", "nobody")
    await desk.instruct("touch", "nobody")
    assert not await redis.exists(conversation_key(ConversationId("nobody")))


async def test_reopened_by_the_customer_its_last_owner_is_rung_first(
    redis: Redis,
    desk: Desk,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """The others after a minute, if nobody has claimed it by then. The old card is gone."""
    await desk.tap(2, Verb.CLAIM)
    await desk.tap(2, Verb.CLOSE)
    await desk.quiet()
    push("And another thing")
    await desk.jobs.route()
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [0, 1, 0]
    (new,) = await desk.cards(2)
    assert new.text.startswith("🔁 Alice · back again, last with you\nAnd another thing")
    assert new.button_texts == ["🙋 I'll answer", "👀 Look", "⋯"]
    assert await redis.zrange(waiting_key("support"), 0, -1) == ["c1"]
    await move_clock(timedelta(seconds=61))
    await desk.run_timers()
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 1, 1]
