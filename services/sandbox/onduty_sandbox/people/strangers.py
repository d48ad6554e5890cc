"""People in numbers who write to a bot and have no phone on the page."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.people.acting import Person
from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import User

# Far from the ids that tests give to people; the same ones come back each time.
FIRST_ID = 7_000_000_001
MOST = 2_000
# What one machine can play beside the bot that answers.
MOST_PER_SECOND = 500
LONGEST_S = 3_600


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many write, how often each of them, for how long, and what.

    "{n}" in the text becomes the running number of the message.
    """

    count: int
    every_s: float
    for_s: float
    text: str


class Strangers:
    """One crowd at a time."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._crowd: Crowd | None = None
        self._people: list[Person] = []
        self._seen: list[int] = []
        self._wrote = 0
        self._ends_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def begin(self, crowd: Crowd, bot: Bot) -> None:
        """Let these write from now on; those before fall silent."""
        await self.stop()
        self._crowd = crowd
        self._people = [self._person(FIRST_ID + index, bot) for index in range(crowd.count)]
        self._seen = [person.chat.last_message_id for person in self._people]
        self._wrote = 0
        self._ends_at = self._telegram.clock.epoch() + crowd.for_s
        self._task = asyncio.create_task(self._write(crowd))
        self._tell()

    async def stop(self) -> None:
        """Let nobody write any more; what was counted can still be read."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self._tell()

    def counts(self) -> Json:
        """Who writes, how much they wrote, and what they were answered since they began."""
        answers: Counter[str] = Counter()
        most = 0
        for person, seen in zip(self._people, self._seen, strict=True):
            told = [
                str(message.content.get("text", ""))
                for message in person.chat.messages.values()
                if message.message_id > seen and message.sender.is_bot
            ]
            answers.update(told)
            most = max(most, len(told))
        texts: dict[str, JsonValue] = dict(answers.most_common())
        return {
            **self.state(),
            "answered": answers.total(),
            "most_for_one": most,
            "answers": texts,
        }

    def state(self) -> Json:
        """Who writes now and how much they wrote, without what they were answered."""
        crowd = self._crowd or Crowd(0, 0, 0, "")
        return {
            "writing": self._task is not None and not self._task.done(),
            "count": crowd.count,
            "every_s": crowd.every_s,
            "text": crowd.text,
            "first_id": FIRST_ID,
            "ends_at": self._ends_at,
            "wrote": self._wrote,
        }

    async def _write(self, crowd: Crowd) -> None:
        now = asyncio.get_running_loop().time
        begun = now()
        # In turn, evenly: each of them has a whole round between two messages.
        step_s = crowd.every_s / crowd.count
        while self._wrote * step_s < crowd.for_s:
            await asyncio.sleep(begun + self._wrote * step_s - now())
            person = self._people[self._wrote % crowd.count]
            self._wrote += 1
            person.write(crowd.text.replace("{n}", str(self._wrote)))
        await asyncio.sleep(begun + crowd.for_s - now())
        asyncio.get_running_loop().call_soon(self._tell)

    def _person(self, user_id: int, bot: Bot) -> Person:
        world = self._telegram.world
        user = world.users.get(user_id)
        if user is None:
            number = user_id - FIRST_ID + 1
            user = User(user_id, f"Stranger {number}", language_code="en", stranger=True)
            world.users[user_id] = user
            world.user_changed(user)
        return Person(self._telegram, user, world.private_chat(bot.user.id, user))

    def _tell(self) -> None:
        self._telegram.world.feed.publish("strangers", strangers=self.state())
