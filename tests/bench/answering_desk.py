"""A desk whose operators answer a customer each, and a backend that notes when it got what."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bench.place import Place, Process
from bench.words import message
from chaos.answering.judging import emoji_of
from chat_backend import running_chat_backend
from onduty import SupportDesk
from onduty.events import Event, ReplySent
from onduty.testing import WEBHOOK_SECRET
from waiting import until

LATENCY_S = 0.05
ARRIVE_WITHIN_S = 60.0
CALM = range(601, 605)
"""Each is alone in a group: an urgent card for it waits for the pace alone."""

GROUPS = {f"calm{n}": f"calm {n}" for n in CALM} | {"own": "of those", "others": "the others"}
RULES = """
[groups.own]
routing = "assigned"
capacity = 1
accept_within = 3600
"""
"""Those who answer are offered a customer each."""


@dataclass
class AnsweringDesk:
    """A desk whose operators each own one conversation, and what its backend got."""

    place: Place
    cards: dict[int, int]
    """Operator → their customer's card."""
    processes: dict[str, Process] = field(default_factory=dict)
    arrived_at: dict[str, float] = field(default_factory=dict)
    sent_at: dict[str, float] = field(default_factory=dict)
    messages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Text → chat and message."""

    def begin_anew(self) -> None:
        """Forget what was answered so far."""
        for kept in (self.arrived_at, self.sent_at, self.messages):
            kept.clear()

    async def answer(self, operator: int, number: int) -> None:
        """Reply to the card."""
        text = f"answer {number}"
        self.sent_at[text] = time.monotonic()
        sent = await self.place.sandbox.phone(operator).send(text, reply_to=self.cards[operator])
        self.messages[text] = (operator, sent)

    async def answer_steadily(
        self, operators: Sequence[int], per_second: float, count: int
    ) -> None:
        """Let them answer in turn, at this rate, whatever becomes of it."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as writing:
            for number in range(count):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                writing.create_task(self.answer(operators[number % len(operators)], number))

    async def all_arrived(self, within_s: float = ARRIVE_WITHIN_S) -> None:
        """Wait until each is at the backend; a desk that cannot keep up is waited for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await until(lambda: len(self.arrived_at), equals=len(self.sent_at))

    async def _written_at(self) -> dict[str, float]:
        """Return when Telegram had each: there was an update from then on."""
        by_place = {
            (operator, message.message_id): message.written_monotonic
            for operator in {operator for operator, _ in self.messages.values()}
            for message in await self.place.sandbox.phone(operator).messages()
        }
        return {text: by_place[place] for text, place in self.messages.items()}

    async def waits_ms(self) -> list[float]:
        """Return what passed until each was at the backend; of one that is not there, for ever."""
        never, written = float("inf"), await self._written_at()
        return [(self.arrived_at.get(text, never) - at) * 1000 for text, at in written.items()]

    async def shown_ms(self) -> list[float]:
        """Return what passed until each had 👍; called when all of them have."""
        thumbs = {
            (one.chat_id, int(str(one.parameters["message_id"]))): one.received_monotonic
            for one in await self.place.sandbox.log(method="setMessageReaction")
            if one.taken and emoji_of(one) == "👍"
        }
        return [
            (thumbs.get(self.messages[text], float("inf")) - at) * 1000
            for text, at in (await self._written_at()).items()
        ]


@asynccontextmanager
async def desk_that_answers(
    place: Place, operators: Sequence[int], *, per_second: int | None = None
) -> AsyncIterator[AnsweringDesk]:
    """Start one bot and one dispatcher; each of these operators owns a conversation then."""
    await place.clear(latency_s=LATENCY_S, per_second=per_second)
    desk = AnsweringDesk(place, {})

    def note(event: Event) -> int:
        if isinstance(event, ReplySent):
            desk.arrived_at.setdefault(event.text, time.monotonic())
        return 204

    rate = str(per_second or 10_000)
    async with running_chat_backend() as chat, _rules() as rules:
        chat.answers = note
        groups = {"ONDUTY_GROUPS": json.dumps(GROUPS), "ONDUTY_DESK_FILE": rules}
        events = {"ONDUTY_EVENTS_URL": chat.url, "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET}
        bot = await place.bot(ONDUTY_SENDS_PER_SECOND=rate, **groups)
        per_chat = {"per_chat": "1"} if per_second else {}
        (dispatcher,) = await place.dispatchers(1, per_second=rate, **groups, **per_chat, **events)
        desk.processes = {"bot": bot, "dispatcher": dispatcher, "sandbox": place.telegram}
        await place.sign_in(operators, "own")
        with SupportDesk(place.redis_url) as backend:
            asked = [message(n, group="own") for n in operators]
            await asyncio.to_thread(backend.notify_many, asked)
        for operator in operators:
            offered = await place.sandbox.phone(operator).wait_for("🙋", 60)
            desk.cards[operator] = offered.message_id
        for number, operator in enumerate(operators):
            await desk.answer(operator, -1 - number)  # which claims it
        await desk.all_arrived()
        await place.at_rest()
        await asyncio.sleep(2)
        desk.begin_anew()
        try:
            yield desk
        finally:
            await place.end()


@asynccontextmanager
async def _rules() -> AsyncIterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(RULES)
        file.flush()
        yield file.name
