"""A board on a phone of the sandbox: what a dispatcher sends, at Telegram's own pace."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import sending
from desk_at_work.fixtures import ComeOn, MoveClock
from onduty_desk.boards.boards import Boards
from onduty_desk.boards.view import BoardView
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.pace import Pace
from onduty_desk.texts import words
from onduty_dispatcher.cards.board import board_keyboard, board_text
from onduty_dispatcher.jobs import Jobs
from onduty_sandbox.client import Phone
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.world.clock import Clock
from waiting import until

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
SINCE = datetime(2026, 11, 26, 14, 32, tzinfo=UTC)


@dataclass
class Place:
    """A dispatcher, a phone, and Telegram's clock."""

    jobs: Jobs
    phone: Phone
    later_s: float = 0

    async def pinned(self) -> list[str]:
        """Return the texts of what is pinned."""
        return [message.text for message in await self.phone.pinned()]


@pytest.fixture
async def place(redis: Redis, token: str, rules: Rules) -> AsyncIterator[Place]:
    """With Telegram's limits: one message or pin a second into a chat."""
    place: Place | None = None

    def later_s() -> float:
        return place.later_s if place else 0

    clock = Clock(lambda: time.time() + later_s(), lambda: time.monotonic() + later_s())
    async with running_sandbox(tokens=[token], clock=clock) as sandbox:
        phone = await sandbox.add_user(1, "Anna")
        await phone.start()
        await sandbox.limits(enabled=True)
        async with sending(redis, sandbox.base_url, token, rules, Pace()) as jobs:
            place = Place(jobs, phone)
            yield place
            statuses = {request.status for request in await sandbox.log()}
            assert statuses <= {200, 400, None}


@pytest.fixture
async def board(place: Place, redis: Redis, come_on: ComeOn) -> int:
    """The message that is the board of operator 1."""
    await come_on(1)
    await Boards(redis).show(OperatorId(1))
    place.jobs._sender.wake()  # noqa: SLF001 - as the bot does by its word
    await until(place.pinned, equals=["Yours: 0 · Waiting: 0"])
    (message,) = await place.phone.pinned()
    return message.message_id


async def test_it_is_made_changed_and_taken_away(
    place: Place, board: int, redis: Redis, roster: Roster, move_clock: MoveClock
) -> None:
    """Within Telegram's limits, and without a sound."""
    since = datetime.now(UTC) - timedelta(hours=1)
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + int(since.timestamp() * 1000)})
    await redis.hset("onduty:conversation:c9", "group", "support")
    place.later_s = 11
    await move_clock(timedelta(seconds=11))
    await Boards(redis, ["support"]).compare()
    place.jobs._sender.wake()  # noqa: SLF001 - as the sweeper does
    shows = f"Yours: 0 · Waiting: 1, oldest since {since:%H:%M} UTC"
    await until(place.pinned, equals=[shows])
    assert [message.message_id for message in await place.phone.pinned()] == [board]
    await roster.sign_out(OperatorId(1))
    await until(place.pinned, equals=[])
    shown = {m.message_id: m for m in await place.phone.messages()}
    assert shown[board].deleted
    assert all(message.silent for message in shown.values() if message.from_bot)


async def test_one_older_than_telegram_deletes_loses_its_pin_and_its_words(
    place: Place, board: int, roster: Roster
) -> None:
    """No button is left that lies."""
    place.later_s = 49 * 3600
    await roster.sign_out(OperatorId(1))
    await until(place.pinned, equals=[])
    left = await place.phone.wait_for("No longer up to date.")
    assert (left.message_id, left.buttons, left.deleted) == (board, (), False)


NOTHING = BoardView(message=1, yours=0, waiting=0, since=None, is_old=False, json="")


@pytest.mark.parametrize(
    ("until_when", "line"),
    [(None, "⏸️ You are paused"), (SINCE, "⏸️ You are paused until 14:32 UTC")],
)
def test_a_pause_comes_before_all_else(until_when: datetime | None, line: str) -> None:
    """With a button to end it."""
    view = replace(NOTHING, is_paused=True, paused_until=until_when)
    assert board_text(view, [], words("en"), UTC_ZONE) == f"{line}\nYours: 0 · Waiting: 0"
    rows = json.loads(board_keyboard(view, words("en")))["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [
        ["▶️ Come back"],
        ["Mine", "Queue"],
    ]
    assert len(json.loads(board_keyboard(NOTHING, words("en")))["inline_keyboard"]) == 1


def test_the_counts_come_first_then_the_names() -> None:
    """A phone shows one line of what is pinned; who is not named is hinted at."""
    text = board_text(
        replace(NOTHING, yours=3, waiting=2, since=SINCE),
        ["Alice", "/off", ""],
        words("en"),
        UTC_ZONE,
    )
    first, names = text.splitlines()
    assert first == "Yours: 3 · Waiting: 2, oldest since 14:32 UTC"
    assert names == "Alice, /\u2060off, Customer"
    many = board_text(replace(NOTHING, yours=9), ["A", "B", "C", "D", "E"], words("en"), UTC_ZONE)
    assert many == "Yours: 9 · Waiting: 0\nA, B, C, D, E, …"
    old = board_text(replace(NOTHING, waiting=1, since=SINCE, is_old=True), [], words("ru"), BERLIN)
    assert old == "Ваши: 0 · Ждут: 1 (с 2026-11-26 15:32 CET)"
