"""Answers to people who are no operators: few, in a line of their own, and dropped when late."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from redis.exceptions import RedisError

MOST_A_MINUTE = 3
"""Answers to one stranger; the last of them says so."""

LONGEST_WAIT_S = 9.0
"""Since the text was handled, so that ten seconds after it was written nothing comes any more."""

MOST_WAITING = 1_000
"""At 30 sends a second strangers get fifteen answers in ten seconds, at a thousand five hundred."""

_AT_ONCE = 8
_AGAIN_AFTER_S = 1.0
_LOG_EVERY_S = timedelta(minutes=1).total_seconds()

_log = structlog.get_logger()


@dataclass(frozen=True)
class _Waiting:
    chat_id: int
    send: Callable[[], Awaitable[None]]
    until: float


class StrangersLine:
    """The line of one process. What waits there when the process is killed is not said.

    Args:
        passing: what a `send` raises that is to be tried again, besides Redis's absence.
    """

    def __init__(
        self,
        passing: type[Exception],
        *,
        longest_wait_s: float = LONGEST_WAIT_S,
        again_after_s: float = _AGAIN_AFTER_S,
    ) -> None:
        self._longest_wait_s = longest_wait_s
        self._again_after_s = again_after_s
        self._passing = (passing, RedisError, OSError)
        self._line: dict[str, _Waiting] = {}
        self._being_said: dict[_Waiting, asyncio.Timeout] = {}
        self._something_waits = asyncio.Event()
        self._unanswered: Counter[str] = Counter()
        self._logged_at = -_LOG_EVERY_S
        self._stopping = False

    def put(self, occasion: str, chat_id: int, send: Callable[[], Awaitable[None]]) -> None:
        """Let an answer wait; one that waits already on this occasion stays as it is."""
        if len(self._line) >= MOST_WAITING:
            self.count("line_full")
            return
        self._line.setdefault(occasion, _Waiting(chat_id, send, monotonic() + self._longest_wait_s))
        self._something_waits.set()

    def forget(self, chat_id: int) -> None:
        """Drop what waits for somebody who is no stranger any more: it would come too late."""
        for occasion in [name for name, one in self._line.items() if one.chat_id == chat_id]:
            del self._line[occasion]
        for waiting, timeout in self._being_said.items():
            if waiting.chat_id == chat_id:
                timeout.reschedule(0)

    def count(self, why: str) -> None:
        """Count a text of a stranger that is not answered; the log tells once a minute."""
        self._unanswered[why] += 1
        if monotonic() >= self._logged_at + _LOG_EVERY_S:
            self._logged_at = monotonic()
            _log.info("strangers.unanswered", **self._unanswered)
            self._unanswered.clear()

    async def run(self) -> None:
        """Say what waits, the oldest first; returns after `stop`, when nothing waits any more."""
        async with asyncio.TaskGroup() as speakers:
            for _ in range(_AT_ONCE):
                speakers.create_task(self._speak())

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopping = True
        self._something_waits.set()

    async def _speak(self) -> None:
        while self._line or not self._stopping:
            await self._something_waits.wait()
            if waiting := self._next():
                await self._say(waiting)
                self._something_waits.set()
            elif not self._stopping:
                self._something_waits.clear()
            else:
                return  # what is left is for a chat that another speaks to

    def _next(self) -> _Waiting | None:
        """Take the oldest answer out of the line; those to one chat keep their order."""
        chats = {one.chat_id for one in self._being_said}
        for occasion, waiting in self._line.items():
            if waiting.chat_id not in chats:
                return self._line.pop(occasion)
        return None

    async def _say(self, waiting: _Waiting) -> None:
        try:
            async with asyncio.timeout(waiting.until - monotonic()) as timeout:
                self._being_said[waiting] = timeout
                while True:
                    try:
                        return await waiting.send()
                    except self._passing:
                        await asyncio.sleep(self._again_after_s)
        except TimeoutError:
            self.count("too_late")
        except Exception as error:  # noqa: BLE001 - whatever it is: one answer, not the bot
            _log.warning("strangers.answer_failed", chat=waiting.chat_id, reason=repr(error))
            self.count("failed")
        finally:
            self._being_said.pop(waiting, None)
