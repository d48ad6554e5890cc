"""The sender: takes due phones from the timetable, sends, settles; phones concurrently."""

import asyncio
from datetime import timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import structlog
from redis.exceptions import RedisError, ResponseError

from onduty_desk.metrics.figures import IN_FLIGHT
from onduty_desk.phones.outbox import Outbox, Taken
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.errors import place_of
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops
from onduty_desk.process.redis_away import CANNOT_NOW, PAUSE_S, is_of_wrong_type
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.telegram.transport import READ_TIMEOUT_S
from onduty_desk.topics.topics import Topics
from onduty_dispatcher.sending.context import StepContext
from onduty_dispatcher.sending.slots import Slots, until
from onduty_dispatcher.sending.steps import Steps

LOOK_AT_LEAST_EVERY = timedelta(seconds=3)
"""The sweeper wakes one sender each second; each is woken by what it routes, and by the bot."""

FINISH_WITHIN_S = READ_TIMEOUT_S
"""A request in flight ends by then. An outcome that Redis does not have by then is unknown."""

_UTC = ZoneInfo("UTC")

_log = structlog.get_logger()


class Sender:
    """One per process, on its event loop."""

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        outbox: Outbox,
        roster: Roster,
        bot: Bot,
        reachability: Reachability,
        token: TokenWatch,
        *,
        most_in_flight: int,
        is_paid: bool,
        keeps_slots: bool = True,
        topics: Topics,
        outage: Outage | None = None,
        zone: ZoneInfo = _UTC,
        loops: Loops | None = None,
    ) -> None:
        self._loops = loops or Loops()
        self._outage = outage or Outage()
        slots = Slots(outbox, keeps_slots=keeps_slots)
        self._steps = Steps(
            StepContext(
                *(outbox, slots, bot, roster, reachability, self._outage, is_paid, topics, zone)
            )
        )
        self._reachability = reachability
        self._outbox = outbox
        self._most_in_flight = most_in_flight
        self._under_way: set[asyncio.Task[bool]] = set()
        self._something_new = asyncio.Event()
        self._token = token

    @property
    def sent(self) -> int:
        """How many cards this process has sent."""
        return self._steps.sent

    def wake(self) -> None:
        """Look at the timetable now."""
        self._something_new.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until `stopping` is set, then finish what is in flight, within ten seconds.

        While Redis is away, or Telegram refuses the token, nothing is sent.
        """
        stop = asyncio.create_task(stopping.wait())
        stop.add_done_callback(lambda _: self.wake())
        try:
            while not stopping.is_set():
                self._loops.turned("sender")
                pause = timedelta(seconds=PAUSE_S)
                with self._outage.reported():
                    pause = await self._send_what_is_due()
                await self._rest(pause)
        finally:
            stop.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_WITHIN_S)
            await cancel(*self._under_way, again_after_s=0.2)

    async def _rest(self, pause: timedelta) -> None:
        if len(self._under_way) >= self._most_in_flight:
            await asyncio.wait(
                self._under_way,
                timeout=PAUSE_S,  # then `stopping` is checked
                return_when=asyncio.FIRST_COMPLETED,
            )
            return
        # Nothing can be sent before the next slot, so what becomes due meanwhile is taken together.
        await until(min(self._outbox.no_slot_until, monotonic() + PAUSE_S))
        try:
            async with asyncio.timeout(min(pause, LOOK_AT_LEAST_EVERY).total_seconds()):
                await self._something_new.wait()
        except TimeoutError:
            pass

    async def _send_what_is_due(self) -> timedelta:
        self._something_new.clear()
        if self._token.is_refused:
            return timedelta(seconds=PAUSE_S)
        taken, due_in = await self._outbox.take(self._most_in_flight - len(self._under_way))
        for reason in self._outbox.met:
            self._outage.report(ResponseError(reason))
        for phone in taken:
            task = asyncio.create_task(self._send(phone))
            self._under_way.add(task)
            IN_FLIGHT.add()
            task.add_done_callback(self._done)
        if self._outbox.is_telegram_away:
            return await self._reachability.probe()
        return due_in if due_in is not None else LOOK_AT_LEAST_EVERY

    def _done(self, task: asyncio.Task[bool]) -> None:
        self._under_way.discard(task)
        IN_FLIGHT.add(by=-1)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None or task.result():
            self.wake()
        if isinstance(error, (RedisError, OSError)):
            self._outage.report(error)  # another process takes it over when the lease ends
        elif error is not None:
            _log.error("delivery.broke", reason=place_of(error))

    async def _send(self, taken: Taken) -> bool:
        """Do a step; return whether the phone may have more to come."""
        try:
            return await self._steps.do(taken) != "idle"
        except CANNOT_NOW:
            raise
        except ResponseError as error:
            if is_of_wrong_type(error):
                raise  # that key is set aside, see `Outage`
            await self._note_break(taken, place_of(error))
        except Exception as error:  # noqa: BLE001 - any error is counted, logged, and set aside in the end
            await self._note_break(taken, place_of(error))
        return True

    async def _note_break(self, taken: Taken, reason: str) -> None:
        is_set_aside = await self._outbox.broke(taken, reason)
        log = _log.bind(conversation=taken.conversation_id, operator=taken.chat_id, step=taken.step)
        if is_set_aside:
            log.error("step.set_aside", reason=reason, next_step="onduty failed list")
        else:
            log.warning("step.broke", reason=reason)
