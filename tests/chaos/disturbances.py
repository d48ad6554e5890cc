"""What goes wrong: processes die, Redis restarts, Telegram answers badly or not at all."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos.house import House
from chaos.outages import Lasted, Outages
from chaos.plan import Plan
from chaos.shifts import Shifts
from chaos.takeovers import leases, wait_for_takeover
from chaos.topics.faults import TopicFaults
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Kind, Sandbox

REFUSED: tuple[Kind, ...] = ("429", "html_429")
BROKEN: tuple[Kind, ...] = ("500", "502", "page")
CUT: tuple[Kind, ...] = ("cut_before", "cut_after", "half_body")
EDITS = ("editMessageText", "editMessageText", "editMessageReplyMarkup", "deleteMessage")
LONGER_THAN_A_LEASE_S = (13.0, 18.0)
REDIS_AWAY_S = 0.7
MANY_OPEN_WITHIN_S = 4.0
LOOK_EVERY_S = 0.02


@dataclass
class Disturbances:
    """All trouble of a run, by chance but from its seed."""

    plan: Plan
    house: House
    sandbox: Sandbox
    shifts: Shifts
    redis: Redis
    outages: Outages
    takeovers: list[Lasted] = field(default_factory=list)
    faults: int = 0

    def __post_init__(self) -> None:
        self._phones: list[ChatId] = self.plan.phones
        self._under_way: list[asyncio.Task[None]] = []
        self.of_topics = TopicFaults(self.sandbox)

    async def deal_blows(self) -> None:
        """Kill and terminate, until cancelled."""
        chance = self.plan.chance("blows")
        while True:
            await asyncio.sleep(chance.uniform(*self.plan.between_blows_s))
            dispatcher = f"dispatcher-{chance.randrange(self.plan.dispatchers)}"
            bot = f"bot-{chance.randrange(self.plan.bots)}"
            blow = chance.choices(("kill", "kill amid sends", "terminate", "bot"), (4, 2, 2, 2))[0]
            match blow:
                case "kill":
                    await self._kill_dispatcher(dispatcher)
                case "kill amid sends":
                    await self._open_many_sends()
                    await self._kill_dispatcher(dispatcher)
                case "terminate":
                    self._begin(self.house.terminate(dispatcher))
                case _ if chance.random() < 0.5:
                    self.house.kill(bot)
                case _:
                    self._begin(self.house.terminate(bot))

    async def restart_redis(self, after_s: float) -> None:
        """Kill Redis once, and start it again."""
        await asyncio.sleep(after_s)
        await self.house.restart_redis(REDIS_AWAY_S)

    async def make_redis_read_only(self) -> None:
        """Let Redis take no writes for a while, once."""
        await asyncio.sleep(self.plan.read_only_at_s)
        await self.house.make_read_only(self.plan.read_only_for_s)

    async def let_strangers_write(self) -> None:
        """Let a crowd begin; it ends by itself."""
        crowd = self.plan.strangers
        await asyncio.sleep(crowd.at_s)
        await self.sandbox.strangers(crowd.count, crowd.every_s, crowd.for_s, "/on")

    async def trouble_telegram(self) -> None:
        """Let requests meet faults, until cancelled."""
        chance = self.plan.chance("faults")
        while True:
            await asyncio.sleep(chance.uniform(*self.plan.between_faults_s))
            await self.outages.over.wait()
            # One at a time for a phone: those that pile up exhaust whatever comes next. One for
            # somebody off duty would wait there, and only the bot would meet it.
            met = {fault["chat_id"] for fault in await self.sandbox.faults()} | self.shifts.away
            phone = chance.choice([chat for chat in self._phones if chat not in met] or [None])
            sandbox, self.faults = self.sandbox, self.faults + 1
            kinds = ("429", "429 all", "5xx", "slow", "slow, taken", "cut", "cut many", "updates")
            match chance.choices((*kinds, "edits", "taps"), (3, 0.5, 3, 1, 1, 3, 1, 1, 4, 1))[0]:
                case "edits":
                    kind = chance.choice(REFUSED + BROKEN + CUT)
                    await sandbox.fault(kind, chance.choice(EDITS), times=chance.randint(1, 3))
                case "taps":
                    kind = chance.choice(REFUSED + BROKEN + CUT)
                    await sandbox.fault(kind, "answerCallbackQuery", times=chance.randint(1, 2))
                case "429":
                    await sandbox.fault("429", "sendMessage", chat_id=phone)
                case "429 all":
                    await sandbox.fault(chance.choice(REFUSED), "sendMessage", times=4)
                case "5xx":
                    kind, times = chance.choice(BROKEN), chance.randint(1, 2)
                    await sandbox.fault(kind, "sendMessage", chat_id=phone, times=times)
                case "slow" | "slow, taken" as how:
                    await sandbox.fault(
                        "slow",
                        "sendMessage",
                        chat_id=phone,
                        delay_s=chance.uniform(*LONGER_THAN_A_LEASE_S),
                        taken_first=how == "slow, taken",
                    )
                case "cut":
                    kind = chance.choice(CUT)
                    await sandbox.fault(kind, "sendMessage", chat_id=phone)
                case "cut many":
                    kind, times = chance.choice(CUT), len(self._phones) // 2
                    await sandbox.fault(kind, "sendMessage", times=times)
                case _:
                    await sandbox.fault(chance.choice(REFUSED + BROKEN + CUT), "getUpdates")

    async def trouble_topics(self) -> None:
        """Let requests about topics meet faults, until cancelled."""
        chance, phones = self.plan.chance("faults of topics"), self.plan.with_topics
        while phones:
            await asyncio.sleep(chance.uniform(*self.plan.between_topic_faults_s))
            await self.outages.over.wait()
            met = {fault["chat_id"] for fault in await self.sandbox.faults()} | self.shifts.away
            if free := [chat for chat in phones if chat not in met]:
                await self.of_topics.deal(chance.choice(free), chance)

    async def end(self) -> None:
        """Let Telegram be well again, and wait for the last takeovers."""
        await self.sandbox.clear_faults()
        await asyncio.gather(*self._under_way)

    async def _kill_dispatcher(self, name: str) -> None:
        try:
            held = await leases(self.redis, self._phones)
        except (RedisError, OSError):
            held = {}  # Redis is away: nobody can say whose the phones are
        if self.house.kill(name) and held:
            self._begin(self._watch(held))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._under_way.append(asyncio.create_task(work))

    async def _watch(self, held: dict[ChatId, str]) -> None:
        killed_at = time.time()
        takes_s = await wait_for_takeover(self.redis, held)
        self.takeovers.append(Lasted("takeover", killed_at, killed_at + takes_s))

    async def _open_many_sends(self) -> None:
        """Let the next sends take a while, and wait until about half the phones have one open."""
        if not self.outages.over.is_set():
            return
        await self.sandbox.fault("slow", "sendMessage", delay_s=3, times=len(self._phones))
        wanted = len(self._phones) // 2
        for _ in range(int(MANY_OPEN_WITHIN_S / LOOK_EVERY_S)):
            if await self._held() >= wanted:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _held(self) -> int:
        try:
            return len(await leases(self.redis, self._phones))
        except (RedisError, OSError):
            return 0
