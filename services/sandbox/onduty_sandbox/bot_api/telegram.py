"""The whole of one local Telegram: the world, its bots, and what hinders them."""

from onduty_sandbox.bot_api.bots import DEMO_TOKEN, Bot, create_bot
from onduty_sandbox.bot_api.limits import Limits, Rates
from onduty_sandbox.bot_api.request_log import RequestLog
from onduty_sandbox.faults.door import Door
from onduty_sandbox.faults.fault import Asked
from onduty_sandbox.faults.waiting import Faults
from onduty_sandbox.world.chats import Chat
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.signals import Signal
from onduty_sandbox.world.world import World

# A test may move the clock, so no timer is set for the very moment.
LOOK_AT_ENDS_S = 0.1


class Telegram:
    """Everything that the two HTTP interfaces work on.

    Raises:
        ValueError: a token does not look like one.
    """

    def __init__(
        self,
        tokens: list[str] | None = None,
        rates: Rates | None = None,
        clock: Clock | None = None,
        webhook_pause_s: float = 1.0,
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(self.clock)
        bots = [create_bot(token, self.clock) for token in tokens or [DEMO_TOKEN]]
        self.bots: dict[str, Bot] = {bot.token: bot for bot in bots}
        self.faults = Faults(self.clock)
        self.door = Door()
        self.log = RequestLog(self.clock)
        self.latency_s = 0.0
        self.latency_changed, self.faults_cleared = Signal(), Signal()
        self.webhook_pause_s = webhook_pause_s
        self.closed = False
        self._first_rates = rates or Rates()
        self.limits: dict[int, Limits] = {
            bot.user.id: Limits(self._first_rates, self.clock.monotonic) for bot in bots
        }

    @property
    def rates(self) -> Rates:
        """The limits in force, the same for every bot."""
        return next(iter(self.limits.values())).rates

    def change_rates(self, rates: Rates) -> None:
        """Put other limits in force."""
        for limits in self.limits.values():
            limits.change(rates)

    async def trouble_changed(self) -> None:
        """Cut what an outage cuts, open or close the door for bots, and tell who looks."""
        for bot in self.bots.values():
            if self.faults.outage(Asked("getUpdates", None, bot.user.id)) is not None:
                bot.updates.cut_poll()
        await self.door.set_open(is_open=not self.faults.nothing_listens())
        self.publish_faults()

    async def end_faults_in_time(self) -> None:
        """End each fault when its time is over; runs as long as the server."""
        while True:
            if self.faults.drop_ended():
                await self.trouble_changed()
            wait_s = LOOK_AT_ENDS_S if self.faults.have_an_end() else None
            await self.faults.changed.wait(wait_s)

    def publish_faults(self) -> None:
        """Tell who looks which troubles still wait."""
        waiting = [fault.as_json() for fault in self.faults.waiting()]
        self.world.feed.publish("faults", faults=waiting)

    def bot_by_id(self, bot_id: int) -> Bot | None:
        """Return the bot with this Telegram id."""
        return next((bot for bot in self.bots.values() if bot.user.id == bot_id), None)

    def bots_in(self, chat: Chat) -> list[Bot]:
        """The bots that are in the chat."""
        if chat.bot_id is not None:
            ids = [chat.bot_id]
        else:
            ids = [bot_id for bot_id, status in chat.bots.items() if status == "member"]
        return [bot for bot_id in ids if (bot := self.bot_by_id(bot_id))]

    def reset(self) -> None:
        """Forget people, chats, updates, faults and log; what bots set up stays."""
        self.world.clear()
        self.faults.clear()
        self.log.clear()
        self.latency_s = 0.0
        self.change_rates(self._first_rates)
        for bot in self.bots.values():
            bot.updates.pending.clear()
            bot.taps.clear()

    async def close(self) -> None:
        """Let every waiting request go and stop the webhooks."""
        self.closed = True
        for bot in self.bots.values():
            bot.updates.close()
            if bot.webhook:
                await bot.webhook.close()
        self.world.feed.changed.notify()
        self.log.added.notify()
        for chat in self.world.chats():
            chat.changed.notify()
