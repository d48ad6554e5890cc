"""How fast Telegram may be sent to; of itself, because settings need no Telegram library."""

from dataclasses import dataclass

SHARE_USED = 0.972
"""Of the cap: even spacing then keeps any one second below it, as long as the delays of two sends
differ by less than 29 ms. At 0.98 (20 ms) a busy machine sometimes sent 31 in a second."""

SHARE_USED_PAID = 0.96
"""At 1,000 sends a second, a delay of 30 ms moves many sends into one second, and causes a 429."""

MOST_REACHED = 5_000
"""Sends a second that one machine can reach at most; a higher cap is treated as none."""

CHAT_MARGIN = 1.05
"""Messages sent exactly a second apart sometimes arrive a little closer together."""


@dataclass(frozen=True)
class Pace:
    """The rate limits of sending: over all chats, and into one."""

    sends_per_second: float = 30
    sends_per_chat_per_second: float = 1

    @property
    def gaps(self) -> tuple[int, int]:
        """Microseconds between two sends, and between two into one chat."""
        share = SHARE_USED_PAID if self.is_paid else SHARE_USED
        return (
            int(1e6 / (self.sends_per_second * share)),
            int(1e6 * CHAT_MARGIN / self.sends_per_chat_per_second),
        )

    @property
    def is_reachable(self) -> bool:
        """Whether one machine can reach the cap, so that sends must keep their slots."""
        return self.sends_per_second <= MOST_REACHED

    @property
    def is_paid(self) -> bool:
        """Above 30 a second Telegram requires `allow_paid_broadcast` (Bot API, sendMessage)."""
        return self.sends_per_second > 30  # noqa: PLR2004 - Telegram's own number
