"""What it costs Redis to turn the pages of a flood."""

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.verbs import PageNumber, Verb

from .pages_of_a_card import all_buttons, numbers

LOOK = "👀 Look"


async def test_a_page_of_a_flood_costs_what_any_page_costs(
    at_work: Desk, come_on: ComeOn, push: Push, redis: Redis
) -> None:
    """A bounded number of commands, at its beginning, in the middle and at its end."""
    for first in range(0, 2_000, 100):
        push(*(f"<{n}>" for n in range(first + 1, first + 101)))
    await come_on(1)
    await at_work.jobs.route()
    await at_work.quiet()
    await at_work.press(1, LOOK)
    await at_work.quiet()
    costs = []
    for page in (100, 50, 1):
        await redis.config_resetstat()
        await at_work.tap(1, Verb.PAGE, page=PageNumber(page))
        await at_work.quiet()
        calls = await redis.info("commandstats")
        costs.append(calls["cmdstat_get"]["calls"])
        assert sum(one["calls"] for name, one in calls.items() if "z" in name) < 200
        shown = await numbers(at_work, 1)
        assert shown == list(range((page - 1) * 20 + 1, page * 20 + 1))
        assert f"{page}/100" in await all_buttons(at_work, 1)
    assert max(costs) < 60
