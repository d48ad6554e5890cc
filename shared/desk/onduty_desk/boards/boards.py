"""Asks for boards, and looks for those that are out of date."""

from collections.abc import Iterable
from typing import cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.phone_keys import board_key

COMPARED_A_CALL = 30
"""Ten commands each, at most."""

MOST_DUE = 150
"""More phones that are due for their boards are no use: it takes five seconds to send to them."""


class Boards:
    """The boards of all phones."""

    def __init__(self, redis: Redis, groups: Iterable[str] = ()) -> None:
        self._redis = redis
        self._groups = tuple(groups)
        self._show = script(redis, "boards/show_board")
        self._compare = script(redis, "boards/compare_boards")

    async def show(self, operator_id: OperatorId) -> None:
        """Give an operator on duty a board; one that is there is pinned again, or made anew.

        Off duty nothing happens. A second call changes nothing.
        """
        await self._show(args=[operator_id])

    async def compare(self) -> None:
        """Let out-of-date boards be edited, as far as there is room; any process may call it."""
        while await self._compare(args=[COMPARED_A_CALL, MOST_DUE, *self._groups]):
            pass

    async def is_left_behind(self, chat_id: ChatId, message_id: int) -> bool:
        """Whether a message that looks like a board is not the board of that phone.

        So is one whose send had no answer. False while the board is being sent.
        """
        fields = await self._redis.hmget(board_key(chat_id), ["message", "attempt"])
        message, attempt = cast("list[str | None]", fields)
        return attempt is None and message != str(message_id)
