"""What went wrong when other desks divided work over a team: each report is a test of ours."""

import asyncio
from collections import Counter
from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.lists import Lists
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId, claims_key
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.limits import Limits
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.timers import Timers

from .by_rules import go_by, offered, rings, rung, tap, write
from .passing_on import after, pass_on

ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
WAVES = GroupRules(routing="waves", wave_size=1)


async def accept_all(desk: Desk) -> None:
    """Let each take what they are asked to take."""
    await desk.quiet()
    for conversation, operator in (await offered(desk.redis)).items():
        assert await tap(desk, operator, Verb.ACCEPT, conversation) == "claimed"


async def test_chatwoot_11034_nobody_is_filled_while_others_are_idle(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Seven customers over three are two, two and three, without any capacity."""
    await go_by(redis, GroupRules(routing="assigned"))
    await come_on(1, 2, 3)
    for n in range(7):
        push("Hello", conversation=f"c{n}")
        await at_work.jobs.route()
        await accept_all(at_work)
    assert sorted([await redis.zcard(claims_key(n)) for n in (ONE, TWO, THREE)]) == [2, 2, 3]


async def test_chatwoot_10583_a_place_that_comes_free_takes_the_oldest(
    redis: Redis, asked: Desk, push: Push
) -> None:
    """And not the newest; the oldest would wait for ever."""
    await asked.tap(1, Verb.ACCEPT)
    for name in ("Bob", "Carol"):
        await write(asked, push, name)
    await accept_all(asked)
    for name in ("Dave", "Eve", "Frank"):
        await write(asked, push, name)
    await asked.tap(1, Verb.CLOSE)
    assert await offered(redis) == {"Dave": 1}
    await tap(asked, 2, Verb.CLOSE, "Bob")
    assert await offered(redis) == {"Dave": 1, "Eve": 2}


async def test_chatwoot_4158_9587_who_comes_back_is_not_pinned_to_somebody_away(
    redis: Redis, asked: Desk, push: Push, roster: Roster
) -> None:
    """Off duty or paused, the last operator is not waited for."""
    await asked.tap(1, Verb.ACCEPT)
    await asked.tap(1, Verb.CLOSE)
    await asked.quiet()
    await roster.sign_out(ONE, update_id=1)
    push("One more thing")
    await asked.jobs.route()
    assert await offered(redis) == {"c1": 2}
    await asked.quiet()
    await asked.tap(2, Verb.ACCEPT)
    await asked.tap(2, Verb.CLOSE)
    await asked.quiet()
    await Pauses(redis, asked.rules).pause(TWO, update_id=2)
    push("And one more")
    await asked.jobs.route()
    assert await offered(redis) == {"c1": 3}


async def test_chatwoot_6959_nothing_is_passed_on_to_who_is_away(
    redis: Redis, asked: Desk, roster: Roster
) -> None:
    """Whoever asks is told so, and keeps it."""
    await asked.tap(1, Verb.ACCEPT)
    await roster.sign_out(TWO, update_id=1)
    assert (await pass_on(asked, 1, 2)).result == "unavailable"
    await Pauses(redis, asked.rules).pause(THREE, update_id=2)
    assert (await pass_on(asked, 1, 3)).result == "unavailable"
    assert await offered(redis) == {}


async def test_rocketchat_13134_back_from_a_holiday_nobody_is_flooded(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Idle counts from the last conversation's end, and no further back than from `/on`."""
    await go_by(redis, GroupRules(routing="assigned"))
    await come_on(2, 3)
    for n in range(20):
        push("Hello", conversation=f"old{n}")
        await at_work.jobs.route()
        for conversation, operator in (await offered(redis)).items():
            await tap(at_work, operator, Verb.ACCEPT, conversation)
            await tap(at_work, operator, Verb.CLOSE, conversation)
    await come_on(1)
    for n in range(9):
        push("Hello", conversation=f"new{n}")
        await at_work.jobs.route()
        await accept_all(at_work)
    assert [await redis.zcard(claims_key(n)) for n in (ONE, TWO, THREE)] == [3, 3, 3]


async def test_rocketchat_18217_pr_19352_routing_at_once_exceeds_no_capacity(
    redis: Redis, asked: Desk, push: Push
) -> None:
    """Dispatchers, taps and times decide side by side; each in one step with the count."""
    for n in range(12):
        push("Hello", conversation=f"n{n}")
    for _ in range(4):
        asks = [
            tap(asked, operator, Verb.ACCEPT, conversation)
            for conversation, operator in (await offered(redis)).items()
        ]
        await asyncio.gather(*asks, *(asked.jobs.route() for _ in range(3)), asked.run_timers())
        for operator in (ONE, TWO, THREE):
            assert await redis.zcard(claims_key(operator)) <= 1
    assert await offered(redis) == {}


async def test_rocketchat_pr_21839_35722_whichever_capacity_is_reached_holds(
    redis: Redis, asked: Desk, push: Push
) -> None:
    """Routing asks the one function that taps ask, whose table is in test_capacity.py."""
    await go_by(redis, GroupRules(routing="assigned", capacity=2))
    await Limits(redis).set(ONE, 1)
    for name in ("Bob", "Carol", "Dave", "Eve", "Frank"):
        await write(asked, push, name)
        await accept_all(asked)
    assert [await redis.zcard(claims_key(n)) for n in (ONE, TWO, THREE)] == [1, 2, 2]
    waiting = await Lists(redis).page("queue", TWO)
    assert waiting
    assert waiting.total == 1


async def test_rocketchat_23642_nobody_has_to_toggle_anything_to_see_who_waits(
    redis: Redis, asked: Desk, push: Push, conversations: Conversations
) -> None:
    """Whoever has room is asked, and the queue shows all who wait, offered or not."""
    await asked.tap(1, Verb.ACCEPT)
    for name in ("Bob", "Carol", "Dave"):
        await write(asked, push, name)
    queue = await Lists(redis).page("queue", ONE)
    assert queue
    assert queue.total == 3
    await accept_all(asked)
    assert await offered(redis) == {}
    await conversations.release_all(TWO, [ConversationId("Bob")], update_id=1)
    assert set(await offered(redis)) == {"Dave"}


async def test_livehelperchat_1073_an_offer_moves_on_whoever_has_died(
    redis: Redis, asked: Desk, move_clock: MoveClock
) -> None:
    """The clock is Redis's: any dispatcher does what is due, once."""
    await move_clock(timedelta(seconds=31))
    others = [Timers(redis, asked.rules) for _ in range(4)]
    await asyncio.gather(*(one.look() for one in others))
    assert await offered(redis) == {"c1": 2}


async def test_zammad_1581_nobody_picks_the_cherries(
    redis: Redis, asked: Desk, push: Push, conversations: Conversations
) -> None:
    """What somebody is asked about nobody else can take, and nobody is asked about a later one."""
    await write(asked, push, "Bob")
    await conversations.show_card(ConversationId("Bob"), ONE, update_id=1)
    await asked.jobs.look()
    assert await tap(asked, 1, Verb.CLAIM, "Bob") == "asks"
    assert await offered(redis) == {"c1": 1, "Bob": 2}


async def test_in_waves_the_phones_that_ring_are_spread_over_the_team(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Customers who come at once do not all ring the same few."""
    await go_by(redis, WAVES)
    await come_on(1, 2, 3)
    for n in range(6):
        push("Hello", conversation=f"c{n}")
    await at_work.jobs.route()
    first = Counter([str(await rung(redis, f"c{n}")) for n in range(6)])
    assert first == {"[1]": 2, "[2]": 2, "[3]": 2}
    assert await rings(at_work) == [2, 2, 2]


async def test_waves_come_to_an_end_though_everybody_is_full(
    redis: Redis, alice_writes: AliceWrites, push: Push, move_clock: MoveClock
) -> None:
    """Those without room are rung last: they may close one."""
    await go_by(redis, GroupRules(routing="waves", wave_size=1, capacity=1))
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await write(desk, push, "Bob")
    assert await rung(redis, "Bob") == [2]
    await after(desk, move_clock, 21)
    assert await rung(redis, "Bob") == "all"
    assert await tap(desk, 1, Verb.CLAIM, "Bob") == "group_full"
