"""How much a bot may send (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from onduty_sandbox.wire.errors import too_many_requests

WINDOW_S = 1.0
GROUP_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What is allowed; off unless asked for."""

    enabled: bool = False
    per_second: int = 30
    private_per_second: float = 1.0
    private_burst: int = 1
    group_per_minute: int = 20
    # With allow_paid_broadcast: "up to 1000 messages per second".
    paid_per_second: int = 1000


class Limits:
    """Counts the sends and edits of one bot."""

    def __init__(self, rates: Rates, monotonic: Callable[[], float]) -> None:
        self.rates = rates
        self._monotonic = monotonic
        self._all: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}
        self._private: dict[int, float] = {}

    def take(self, chat_id: int, *, paid: bool = False) -> None:
        """Count one send to this chat, or raise 429; what is refused is not counted."""
        if not self.rates.enabled:
            return
        now = self._monotonic()
        most = self.rates.paid_per_second if paid else self.rates.per_second
        wait_s = _window_wait(self._all, now, most, WINDOW_S)
        group = self._groups.setdefault(chat_id, deque()) if chat_id < 0 else None
        if group is not None:
            most = self.rates.group_per_minute
            wait_s = max(wait_s, _window_wait(group, now, most, GROUP_WINDOW_S))
        else:
            wait_s = max(wait_s, self._private_wait(chat_id, now))
        if wait_s > 0:
            raise too_many_requests(max(1, math.ceil(wait_s)))
        self._all.append(now)
        if group is not None:
            group.append(now)
        else:
            due = max(self._private.get(chat_id, now), now)
            self._private[chat_id] = due + 1 / self.rates.private_per_second

    def change(self, rates: Rates) -> None:
        """Set other rates; counting starts afresh."""
        self.rates = rates
        self._all.clear()
        self._groups.clear()
        self._private.clear()

    def _private_wait(self, chat_id: int, now: float) -> float:
        """Wait for a bucket that refills at the rate and holds the burst."""
        due = self._private.get(chat_id, now)
        tolerated_s = (self.rates.private_burst - 1) / self.rates.private_per_second
        return due - tolerated_s - now


def _window_wait(sent: deque[float], now: float, most: int, window_s: float) -> float:
    while sent and sent[0] <= now - window_s:
        sent.popleft()
    # At most `most` in any window: the send that makes room is the one `most` places back.
    return sent[-most] + window_s - now if len(sent) >= most else 0.0
