"""Answers to strangers: few, in a queue of their own, and dropped when they are late."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from redis.exceptions import RedisError

from onduty_desk.metrics.figures import STRANGERS_UNANSWERED

MOST_A_MINUTE = 3
"""Answers to one stranger; the last one announces the pause."""

LONGEST_WAIT_S = 9.0
"""From handling the text, so that no answer comes more than ten seconds after it was written."""

MOST_WAITING = 1_000
"""Ten seconds have room for 15 answers to strangers at 30 sends a second, for 500 at 1,000."""

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
    """The queue of one process, in memory: if the process is killed, what waits is not sent.

    Args:
        passing: the exception of a `send` that should be retried, besides Redis's errors.
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
        self._in_flight: dict[_Waiting, asyncio.Timeout] = {}
        self._something_waits = asyncio.Event()
        self._unanswered: Counter[str] = Counter()
        self._logged_at = -_LOG_EVERY_S
        self._stopping = False

    def put(self, occasion: str, chat_id: int, send: Callable[[], Awaitable[None]]) -> None:
        """Queue an answer, unless one is queued for this occasion."""
        if len(self._line) >= MOST_WAITING:
            self.count("line_full")
            return
        self._line.setdefault(occasion, _Waiting(chat_id, send, monotonic() + self._longest_wait_s))
        self._something_waits.set()

    def forget(self, chat_id: int) -> None:
        """Drop what is queued for somebody who is no longer a stranger: it is outdated."""
        for occasion in [name for name, one in self._line.items() if one.chat_id == chat_id]:
            del self._line[occasion]
        for waiting, timeout in self._in_flight.items():
            if waiting.chat_id == chat_id:
                timeout.reschedule(0)

    def count(self, why: str) -> None:
        """Count a text of a stranger that is not answered; the number is logged once a minute."""
        self._unanswered[why] += 1
        STRANGERS_UNANSWERED.add(why)
        if monotonic() >= self._logged_at + _LOG_EVERY_S:
            self._logged_at = monotonic()
            _log.info("strangers.unanswered", **self._unanswered)
            self._unanswered.clear()

    async def run(self) -> None:
        """Send what is queued, the oldest first; returns after `stop`, when the queue is empty."""
        async with asyncio.TaskGroup() as senders:
            for _ in range(_AT_ONCE):
                senders.create_task(self._send_waiting())

    def stop(self) -> None:
        """Let `run` return when the queue is empty."""
        self._stopping = True
        self._something_waits.set()

    async def _send_waiting(self) -> None:
        while self._line or not self._stopping:
            await self._something_waits.wait()
            if waiting := self._next():
                await self._send(waiting)
                self._something_waits.set()
            elif not self._stopping:
                self._something_waits.clear()
            else:
                return  # what is left is for a chat that another task sends to

    def _next(self) -> _Waiting | None:
        """Take the oldest answer out of the queue; answers to one chat keep their order."""
        chats = {one.chat_id for one in self._in_flight}
        for occasion, waiting in self._line.items():
            if waiting.chat_id not in chats:
                return self._line.pop(occasion)
        return None

    async def _send(self, waiting: _Waiting) -> None:
        try:
            async with asyncio.timeout(waiting.until - monotonic()) as timeout:
                self._in_flight[waiting] = timeout
                while True:
                    try:
                        return await waiting.send()
                    except self._passing:
                        await asyncio.sleep(self._again_after_s)
        except TimeoutError:
            self.count("too_late")
        except Exception as error:  # noqa: BLE001 - any error costs one answer, not the bot
            _log.warning("strangers.answer_failed", chat=waiting.chat_id, reason=repr(error))
            self.count("failed")
        finally:
            self._in_flight.pop(waiting, None)
