"""A rolling upgrade amid a run: two versions work on one Redis, and the bot is exchanged twice."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from chaos.house import House
from waiting import until

NEW_DISPATCHER, OLD_DISPATCHER = "dispatcher-0", "dispatcher-1"
OLD_BOT, NEW_BOT = "bot-0", "bot-1"
BOTH_S = 2.0
"""So long the coming bot stands beside the going one: one has the lease, the other waits for it."""


@dataclass(frozen=True)
class Rolling:
    """Which version each process is of, and when the bot is exchanged."""

    older: Mapping[str, str]
    """The environment that lets a process run the older version."""
    each_bot_s: float
    """How long a bot works until the next one comes."""

    def begin(self, house: House) -> None:
        """Start the older desk, and a dispatcher of the new one beside its own."""
        house.keep(OLD_DISPATCHER, "onduty_dispatcher", **self.older)
        house.keep(NEW_DISPATCHER, "onduty_dispatcher")
        house.keep(OLD_BOT, "onduty_bot", **self.older)

    async def exchange_bots(self, house: House) -> None:
        """Let a new bot take the place of the old one, and, as one who regrets it, back again.

        Meanwhile a dispatcher of each version is killed.
        """
        await asyncio.sleep(self.each_bot_s)
        house.keep(NEW_BOT, "onduty_bot")
        await asyncio.sleep(BOTH_S)
        await house.retire(OLD_BOT)
        await until(lambda: house.kill(OLD_DISPATCHER) is not None)
        await asyncio.sleep(self.each_bot_s)
        house.keep(OLD_BOT, "onduty_bot", **self.older)
        await asyncio.sleep(BOTH_S)
        await house.retire(NEW_BOT)
        await until(lambda: house.kill(NEW_DISPATCHER) is not None)
