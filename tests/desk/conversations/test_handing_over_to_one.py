"""Who goes off duty hands a customer to a colleague: it waits for all, and they are asked first."""

from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, conversation_key
from onduty_desk.roster.operators import Roster
from onduty_desk.roster.speaking_names import SpeakingNames

from .by_rules import ASSIGNED, ONE_BY_ONE, go_by, offered, rings, rung
from .passing_on import after, fields_of_c1, is_in_one_place, pass_on
from .three_phones import C1, CLAIMED, buttons, events, first_lines

ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
_updates = count(6_000)


async def hand_over(desk: Desk, to: OperatorId = TWO, update: int | None = None) -> str:
    """Let operator 1 go off duty, and tap the button with a colleague's name."""
    await Roster(desk.redis).sign_out(ONE, update_id=next(_updates))
    update = next(_updates) if update is None else update
    conversations = Conversations(desk.redis, desk.rules)
    done = await conversations.pass_all(ONE, to, [C1], update_id=update)
    await desk.jobs.look()
    await desk.quiet()
    return done.result


async def line_of(desk: Desk, operator: int) -> str:
    await desk.quiet()
    return (await desk.card(operator)).text.splitlines()[0]


async def test_it_waits_and_the_colleague_alone_is_rung(redis: Redis, owned: Desk) -> None:
    """They can accept or decline; on the others' cards it waits."""
    before = await rings(owned)
    assert await hand_over(owned) == "passed"
    assert await is_in_one_place(redis) == "support"
    lines = await first_lines(owned)
    assert lines[1:] == [
        "🤝 Alice · Operator 1 asks you to take this over",
        "↩️ Alice · returned from Operator 1",
    ]
    assert (await buttons(owned))[1] == ["🙋 Accept", "Decline"]
    assert await rings(owned) == [before[0], before[1] + 1, before[2]]
    assert [kind for kind, _ in await events(redis)] == ["claimed", "released"]


async def test_who_accepts_has_it_from_whom_it_was(redis: Redis, owned: Desk) -> None:
    """The backend hears that it was delegated, by whom."""
    await hand_over(owned)
    assert (await owned.tap(2, Verb.ACCEPT)).result == "claimed"
    assert await line_of(owned, 2) == CLAIMED
    kind, event = (await events(redis))[-1]
    assert kind == "delegated"
    assert event["previous"] == {"id": 1, "name": "Operator 1"}
    assert await is_in_one_place(redis) == "2"
    assert "pass_first" not in await fields_of_c1(redis)


async def test_a_colleague_reads_the_name_that_colleagues_know(redis: Redis, owned: Desk) -> None:
    """Not the one by which customers know who hands over; the backend reads that."""
    await SpeakingNames(redis).set(ONE, "Anna from Support")
    await hand_over(owned)
    assert await line_of(owned, 2) == "🤝 Alice · Operator 1 asks you to take this over"
    await owned.tap(2, Verb.ACCEPT)
    assert (await events(redis))[-1][1]["previous"] == {"id": 1, "name": "Anna from Support"}


async def test_who_declines_leaves_it_to_the_others(redis: Redis, owned: Desk) -> None:
    """They are rung at once; whoever has declined is not."""
    await hand_over(owned)
    before = await rings(owned)
    await owned.tap(2, Verb.DECLINE)
    await owned.jobs.look()
    assert await rings(owned) == [before[0], before[1], before[2] + 1]
    assert "↩️ Alice · returned from Operator 1" in (await first_lines(owned))[2]
    assert await is_in_one_place(redis) == "support"
    assert (await owned.tap(3, Verb.CLAIM)).result == "claimed"


async def test_who_has_declined_still_sees_what_comes(owned: Desk, push: Push) -> None:
    """Without a ring: their card has the button still, and says all that there is."""
    await hand_over(owned)
    await owned.tap(2, Verb.DECLINE)
    await owned.jobs.look()
    before = await rings(owned)
    push("And this?")
    await owned.jobs.route()
    assert (await rings(owned))[1] == before[1]
    (card,) = await owned.cards(2)
    assert "And this?" in card.text
    assert "🙋 I'll answer" in card.button_texts


async def test_not_taken_in_time_it_rings_the_others(
    redis: Redis, owned: Desk, move_clock: MoveClock
) -> None:
    """Once, after the time that everybody has to answer."""
    await hand_over(owned)
    before = await rings(owned)
    await after(owned, move_clock, 25)
    await owned.jobs.look()
    assert await rings(owned) == before
    await after(owned, move_clock, 31)
    await owned.jobs.look()
    await after(owned, move_clock, 60)
    await owned.jobs.look()
    assert (await rings(owned))[2] == before[2] + 1
    assert not {"pass_to", "pass_first", "first_until_ms"} & (await fields_of_c1(redis)).keys()


async def test_what_the_customer_adds_rings_nobody_else(
    redis: Redis, owned: Desk, push: Push
) -> None:
    """Until the colleague has answered."""
    await hand_over(owned)
    before = await rings(owned)
    push("One more thing")
    await owned.jobs.route()
    await owned.quiet()
    after_it = await rings(owned)
    assert (after_it[0], after_it[2]) == (before[0], before[2])
    assert "One more thing" in "".join(card.text for card in await owned.cards(2))
    assert await is_in_one_place(redis) == "support"


@pytest.mark.parametrize("how", ["off", "paused"])
async def test_whose_colleague_goes_it_rings_the_others_at_once(
    redis: Redis, owned: Desk, roster: Roster, how: str
) -> None:
    """Off duty, or by a pause."""
    await hand_over(owned)
    before = await rings(owned)
    if how == "off":
        await roster.sign_out(TWO, update_id=next(_updates))
    else:
        await Pauses(redis, owned.rules).pause(TWO, update_id=next(_updates))
    await owned.run_timers()
    await owned.jobs.look()
    assert (await rings(owned))[2] == before[2] + 1
    assert "pass_to" not in await fields_of_c1(redis)


async def test_somebody_else_may_take_it_meanwhile(redis: Redis, owned: Desk) -> None:
    """It waits for all; who was asked sees who has it."""
    await hand_over(owned)
    assert (await owned.tap(3, Verb.CLAIM)).result == "claimed"
    assert await line_of(owned, 2) == "👤 Alice · Operator 3 is answering"
    assert (await owned.tap(2, Verb.ACCEPT)).result == "taken"
    assert await is_in_one_place(redis) == "3"


async def test_whoever_is_asked_already_is_not_rung_again(redis: Redis, owned: Desk) -> None:
    """A colleague was asked on duty; then the owner goes, and names the same one."""
    await pass_on(owned, 1, 2)
    before = await rings(owned)
    assert await hand_over(owned) == "passed"
    assert await rings(owned) == before
    assert await redis.hget(conversation_key(C1), "pass_to") == "2"


async def test_the_same_update_again_asks_once(redis: Redis, owned: Desk) -> None:
    """A bot that was killed gets it again; what has been decided since stands."""
    assert await hand_over(owned, update=99) == "passed"
    before = await rings(owned)
    await owned.tap(2, Verb.ACCEPT)
    assert await hand_over(owned, update=99) == "passed"
    assert await is_in_one_place(redis) == "2"
    assert (await rings(owned))[1] == before[1]


async def test_in_a_group_that_assigns_the_desk_asks_the_next(redis: Redis, owned: Desk) -> None:
    """Not those who have declined, or gave it back."""
    await go_by(redis, ASSIGNED)
    await hand_over(owned)
    assert await offered(redis) == {"c1": 2}
    await owned.tap(2, Verb.DECLINE)
    await owned.jobs.look()
    assert await offered(redis) == {"c1": 3}
    assert (await fields_of_c1(redis))["tried"].split() == ["1", "2", "3"]


async def test_in_a_group_of_waves_the_first_wave_comes_then(redis: Redis, owned: Desk) -> None:
    """As if it had been released."""
    await go_by(redis, ONE_BY_ONE)
    await hand_over(owned)
    assert await rung(redis) is None
    await owned.tap(2, Verb.DECLINE)
    await owned.jobs.look()
    assert await rung(redis)
    assert "first_until_ms" not in await fields_of_c1(redis)


async def test_what_an_older_version_drops_rings_the_others_in_the_end(
    redis: Redis, owned: Desk, move_clock: MoveClock
) -> None:
    """It knows no colleague who is first: it ends the offer, and rings nobody."""
    await hand_over(owned)
    before = await rings(owned)
    await redis.zrem("onduty:offers-due", "c1")
    await redis.zrem("onduty:offers:2", "c1")
    fields = ("pass_to", "pass_to_name", "pass_by", "pass_by_name", "pass_within_ms", "pass_shown")
    await redis.hdel(conversation_key(C1), *fields)
    await after(owned, move_clock, 40)
    await owned.jobs.look()
    assert (await rings(owned))[2] == before[2] + 1
