"""News that nobody asked for is told once, and logged once while it cannot be."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty_bot.answering.answers import AnswerRefused, TelegramAway
from onduty_bot.answering.news import News


class Desk:
    """What waits to be told, and what was."""

    def __init__(self, *waiting: str) -> None:
        self.waiting = list(waiting)
        self.told: list[str] = []
        self.trouble: Exception | None = None

    async def look(self) -> Sequence[str]:
        return list(self.waiting)

    async def send(self, one: str) -> None:
        if self.trouble:
            raise self.trouble
        await asyncio.sleep(0.05)
        self.told.append(one)

    async def mark_told(self, one: str) -> None:
        self.waiting.remove(one)

    def news(self) -> News[str]:
        return News("a.thing", self.look, lambda one: f"thing:{one}", self.send, self.mark_told)


async def test_an_outage_is_two_lines_for_two_pieces_however_long_it_takes(redis: Redis) -> None:
    """And another outage is told again."""
    desk = Desk("a", "b")
    news = desk.news()
    with capture_logs() as logs:
        desk.trouble = TelegramAway("no answer")
        for _ in range(5):
            await news.tell(redis)
        assert [one["event"] for one in logs] == ["a.thing_not_told_yet"] * 2
        desk.trouble = None
        await news.tell(redis)
        assert (desk.told, desk.waiting) == (["a", "b"], [])
        desk.waiting, desk.trouble = ["a"], TelegramAway("no answer")
        await news.tell(redis)
    assert len(logs) == 3


async def test_two_bots_at_once_tell_it_once(redis: Redis) -> None:
    """The other one leaves it alone meanwhile."""
    desk = Desk("a")
    await asyncio.gather(desk.news().tell(redis), desk.news().tell(redis))
    assert desk.told == ["a"]


async def test_what_telegram_refuses_is_logged_and_waits_no_more(redis: Redis) -> None:
    """Nothing behind it is held up."""
    desk = Desk("a")
    desk.trouble = AnswerRefused("can't parse entities")
    with capture_logs() as logs:
        await desk.news().tell(redis)
    assert [one["event"] for one in logs] == ["a.thing_not_told"]
    assert desk.waiting == []
