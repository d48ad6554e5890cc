"""How fast Telegram may be sent to; of itself, because settings need no Telegram library."""

from dataclasses import dataclass

SHARE_USED = 0.972
"""Of the cap: spacing alone then keeps any one second below it, as long as one send is not 29 ms
later on its way than another. At 0.98 (20 ms) a busy machine sent 31 in a second now and then."""

SHARE_USED_PAID = 0.96
"""At a thousand a second a hold-up of 30 ms on the way is one of many sends, and costs a 429."""

MOST_REACHED = 5_000
"""Sends a second that one machine may come to: a higher cap is none."""

CHAT_MARGIN = 1.05
"""Spaced by exactly a second, a chat's messages arrive now and then a little closer."""


@dataclass(frozen=True)
class Pace:
    """How fast Telegram is sent to: over all chats, and into one."""

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
        """Whether the cap can be met at all, so that slots have to be kept."""
        return self.sends_per_second <= MOST_REACHED

    @property
    def is_paid(self) -> bool:
        """Above 30 a second Telegram wants `allow_paid_broadcast` (Bot API, sendMessage)."""
        return self.sends_per_second > 30  # noqa: PLR2004 - Telegram's own number
