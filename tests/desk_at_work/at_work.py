"""A dispatcher at work in this process: what it routes is sent to the sandbox's phones."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from redis.asyncio import Redis

from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.conversations.ownership import Conversations, TapOutcome
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import PageNumber, Verb, read_data
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, copies_key
from onduty_desk.phones.outbox import Outbox, Taken
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.settings import DispatcherSettings
from onduty_desk.telegram.bot import build_bot
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.topics.topics import Topics
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.sending.sender import Sender
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.timers import Timers
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

RETENTION = timedelta(days=30)
UNHURRIED = Pace(sends_per_second=1e5, sends_per_chat_per_second=1e5)
HELD_S = 6
"""On its way until the test lets it go; its sender would wait for little longer."""

_updates = count(1_000_000)


class PatientOutbox(Outbox):
    """Takes what is due now or in a moment: a phone is free again at a full millisecond."""

    async def take(self, most: int) -> tuple[list[Taken], timedelta | None]:
        """Take it; what is only moved to another place by that is taken there."""
        taken, due_in = await super().take(most)
        for _ in range(2):
            if not taken and due_in is not None and due_in <= timedelta(milliseconds=2):
                await asyncio.sleep(due_in.total_seconds() + 0.001)
                taken, due_in = await super().take(most)
        return taken, due_in


@asynccontextmanager
async def sending(
    redis: Redis, api_url: str, token: str, rules: Rules, pace: Pace = UNHURRIED
) -> AsyncIterator[Jobs]:
    """Send what is due for as long as it is open."""
    settings = DispatcherSettings.model_validate(
        {"bot_token": token, "team_secret": "x", "telegram_api_url": api_url}
    )
    watch = TokenWatch(first_pause_s=0.1)
    bot = build_bot(settings, token=watch)
    await bot.initialize()
    failures = Failures(redis)
    outbox, outage = Outbox(redis, pace, rules, retention=RETENTION), Outage()
    sender = Sender(
        outbox,
        Roster(redis),
        bot,
        Reachability(redis, bot),
        watch,
        most_in_flight=100,
        is_paid=False,
        topics=Topics(redis),
        outage=outage,
    )
    router = Router(redis, failures, rules, groups=["support", "sales"], retention=RETENTION)
    stopping = asyncio.Event()
    running = asyncio.create_task(sender.run(stopping))
    background = [asyncio.create_task(watch.run(bot)), asyncio.create_task(outage.watch(redis))]
    try:
        yield Jobs(redis, router, sender, failures)
    finally:
        stopping.set()
        sender.wake()
        await asyncio.wait([running])
        await cancel(*background, again_after_s=0.2)
        await bot.shutdown()
    running.result()


def numbers(message: ChatMessage) -> list[int]:
    """Return the numbers of a nudge's rows; of any other message none."""
    data = [button.callback_data or "" for row in message.buttons for button in row]
    return [int(one.partition(":")[2]) for one in data if one.startswith("keep:")]


@dataclass
class Desk:
    """Taps on phones, and the clock, with a dispatcher that draws what comes of them."""

    redis: Redis
    jobs: Jobs
    rules: Rules
    phones: list[Phone]
    timers: Timers = field(init=False)
    _tapped: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.timers = Timers(self.redis, self.rules)

    async def tap(
        self,
        operator: int,
        verb: Verb | str,
        message: int | None = None,
        *,
        row: int | None = None,
        update: int | None = None,
        page: PageNumber | None = None,
    ) -> TapOutcome:
        """Tap a button of an operator's card, or of a nudge.

        By default that of the card that shows c1; has it just gone, of the one tapped before.
        """
        if message is None:
            copy = await self.redis.hget(copies_key(ConversationId("c1")), str(operator))
            message = int(json.loads(copy or "{}").get("card") or self._tapped[operator])
        self._tapped[operator] = message
        tapped = await Conversations(self.redis, self.rules).tap(
            verb,  # type: ignore[arg-type]  # a forged one is a test
            operator_id=OperatorId(operator),
            name=f"Operator {operator}",
            chat_id=ChatId(operator),
            message_id=message,
            update_id=next(_updates) if update is None else update,
            row=row,
            page=page,
        )
        await self.jobs.look()
        return tapped

    async def nudges(self, operator: int) -> list[ChatMessage]:
        """Return the messages that ask whether an operator is still answering; one at most."""
        return [card for card in await self.cards(operator) if numbers(card)]

    async def answer_nudge(
        self, operator: int, verb: Verb, row: int | None = None, *, update: int | None = None
    ) -> TapOutcome:
        """Tap a button of the nudge, by default in its first row."""
        (nudge,) = await self.nudges(operator)
        row = numbers(nudge)[0] if row is None else row
        return await self.tap(operator, verb, nudge.message_id, row=row, update=update)

    async def press(self, operator: int, text: str) -> TapOutcome:
        """Tap the newest button with this text on an operator's phone, when all is drawn."""
        await self.quiet()
        (*_, (message, data)) = [
            (card.message_id, button.callback_data)
            for card in await self.cards(operator)
            for row in card.buttons
            for button in row
            if button.text == text
        ]
        asked = read_data(data)
        assert asked
        return await self.tap(operator, asked[0], message, page=asked[1])

    async def instruct(self, kind: str, conversation: str = "c1") -> None:
        """Put the backend's word into the conversation's inbox, as `close` and `touch` do."""
        await self.redis.rpush(inbox_key(conversation), f'["{kind}"]')
        await self.redis.zadd(ACCEPTED, {conversation: 1})
        await self.jobs.look()

    async def run_timers(self) -> None:
        """Do what the clock asks for."""
        await self.timers.look()
        await self.jobs.look()

    async def card(self, operator: int) -> ChatMessage:
        """Return the first message of a customer on this phone, as it is now."""
        return (await self.cards(operator))[0]

    async def cards(self, operator: int) -> list[ChatMessage]:
        """Return what the bot has written to this phone and not removed."""
        shown = await self.phones[operator - 1].messages()
        return [message for message in shown if message.from_bot and not message.deleted]

    async def quiet(self) -> None:
        """Wait until nothing is left to be sent or drawn."""
        await until(self._left, equals=0)

    async def _left(self) -> int:
        async with self.redis.pipeline(transaction=True) as together:  # phones change their class
            for what in ("urgent", "normal", "low", "edits"):
                together.zcard(f"onduty:timetable:{what}")
            return sum(await together.execute())
