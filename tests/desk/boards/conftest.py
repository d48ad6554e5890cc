"""Boards, taken and settled by hand: no sender, no Telegram, and a clock that the test moves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, MoveClock
from onduty_desk.boards.boards import Boards
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.phone_keys import board_key
from onduty_desk.model.words import Outcome, Step
from onduty_desk.phones.outbox import Outbox, Settled, Taken

A_WHILE = timedelta(seconds=30)
"""Longer than any pause of a board that nothing has failed for."""


@dataclass
class Hand:
    """Does by hand what a sender does."""

    outbox: Outbox
    redis: Redis
    move: MoveClock
    _moved: timedelta = field(default_factory=timedelta)

    async def pass_time(self, by: timedelta = A_WHILE) -> None:
        """Let time pass, by the clock of the scripts."""
        self._moved += by
        await self.move(self._moved)

    async def take(self) -> list[Taken]:
        """Take what is due now."""
        return (await self.outbox.take(10))[0]

    async def take_one(self) -> Taken:
        """Take the one phone that is due now or in a while."""
        taken = await self.take()
        if not taken:
            await self.pass_time()
            taken = await self.take()
        (one,) = taken
        return one

    async def do(self, step: Step, outcome: Outcome = "done", detail: str = "") -> Taken:
        """Take what is due, which is this step, and settle it."""
        taken = await self.take_one()
        assert taken.step == step
        await self.settle(taken, outcome, detail)
        return taken

    async def send_card(self, message: int) -> Taken:
        """Take a card and send it as this message."""
        taken = await self.take_one()
        assert taken.step == "send"
        attempt = await self.outbox.attempt(taken, taken.message_ids, 1)
        assert attempt
        await self.outbox.settle(taken, "done", str(message), attempt_id=attempt.id)
        return taken

    async def settle(self, taken: Taken, outcome: Outcome = "done", detail: str = "") -> Settled:
        """Write down what came of a step."""
        return await self.outbox.settle(taken, outcome, detail)

    async def is_done(self) -> bool:
        """Whether nothing is to be done, now or in a while."""
        await self.pass_time()
        return await self.take() == []

    async def board(self, chat: int = 1) -> dict[str, str]:
        """Return the record of a phone's board."""
        return cast("dict[str, str]", await self.redis.hgetall(board_key(ChatId(chat))))


@pytest.fixture
def boards(redis: Redis) -> Boards:
    return Boards(redis, ["support", "sales"])


@pytest.fixture
def hand(outbox: Outbox, redis: Redis, move_clock: MoveClock) -> Hand:
    return Hand(outbox, redis, move_clock)


ShowBoards = Callable[..., Awaitable[None]]


@pytest.fixture
def show_boards(come_on: ComeOn, boards: Boards, hand: Hand) -> ShowBoards:
    """Put operators on duty, each with a board that is message 100 + their number, pinned."""

    async def show(*operators: int) -> None:
        await come_on(*operators)
        for operator in operators:
            await boards.show(OperatorId(operator))
            await hand.do("send_board", detail=str(100 + operator))
            await hand.do("pin_board")

    return show
