"""One of the small team: looks at the phone, and does what an operator would do next."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty_demo.shop.scene import TEAM
from onduty_demo.shop.signing_in import join_group
from onduty_demo.shop.web_chat import WebChat
from onduty_desk.model.keys import OperatorId, claims_key
from onduty_desk.model.roster_keys import ON_DUTY, PAUSED, duty_key
from onduty_sandbox.client import ChatMessage, Phone, SandboxError

_TAKE, _ACCEPT, _CLOSE = "🙋 I'll answer", "🙋 Accept", "☑️ Close"
_MENU, _BACK, _PASS_ON, _TAKE_BACK = "⋯", "Back", "🤝 Pass on", "Do not pass on"
_ANOTHER_GROUP, _NO_REASON, _CANCEL = "Another group", "No reason", "Cancel"
_RELEASE_ALL = "Release all"
_MINE = frozenset({_CLOSE, _BACK, _TAKE_BACK})
_REASON = "You know more about this"
_ANSWERS = (
    "Hello! I am looking into it.",
    "Good question. Yes, we can do that for you.",
    "Thank you for waiting: it is settled now.",
)
_TROUBLE = (ClientError, SandboxError, TimeoutError, RedisError)
_WITHIN_S = 15


@dataclass(frozen=True)
class Habits:
    """How one of them works; a rate that a person could keep.

    Args:
        passes_on_each: of so many customers, the first is passed on; 0: none.
        pauses_each: of so many that are closed, the first is followed by a pause; 0: none.
    """

    groups: tuple[str, ...]
    takes_after_s: float = 3.0
    answers_after_s: float = 5.0
    closes_after_s: float = 6.0
    pauses_for_s: float = 30.0
    looks_each_s: float = 1.0
    at_most: int = 2
    passes_on_each: int = 0
    pauses_each: int = 0
    goes_within_s: float = 60.0


@dataclass
class _Served:
    """What was done for a customer, and since when the next thing is due."""

    since: float
    has_answer: bool = False
    is_passed_on: bool = False
    is_closed: bool = False


class Member:
    """Works until `going_home`, then finishes what is left, and goes off duty."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        redis: Redis,
        phone: Phone,
        web_chat: WebChat,
        phrases: Sequence[str],
        habits: Habits,
        going_home: asyncio.Event,
    ) -> None:
        self._redis = redis
        self._phone = phone
        self._web_chat = web_chat
        self._phrases = phrases
        self._habits = habits
        self._going_home = going_home
        self._waiting: dict[str, float] = {}
        self._served: dict[str, _Served] = {}
        self._taken = 0
        self._closed = 0
        self._is_tired = False

    async def work(self) -> None:
        """Work on through whatever trouble there is; returns when they are off duty."""
        while not self._going_home.is_set():
            with suppress(*_TROUBLE):
                await self._come_on()
                await self._work_on()
            await self._rest(self._habits.looks_each_s)
        with suppress(*_TROUBLE):
            await self._finish()
        while await self._is_on_duty_still():
            with suppress(*_TROUBLE):
                await self._go_off()
            await asyncio.sleep(self._habits.looks_each_s)

    async def _come_on(self) -> None:
        for group, phrase in zip(self._habits.groups, self._phrases, strict=True):
            if not await self._is_in(duty_key(group)) and not self._going_home.is_set():
                await join_group(self._redis, self._phone, phrase)

    async def _work_on(self) -> None:
        while not self._going_home.is_set():
            for card, link in await self._cards():
                await self._do_next(card, link)
            if self._is_tired and not self._served:
                self._is_tired = False
                await self._pause()
            await self._rest(self._habits.looks_each_s)

    async def _do_next(self, card: ChatMessage, link: str) -> None:
        buttons = card.button_texts
        if _TAKE_BACK in buttons:
            return
        if _BACK in buttons:  # what was begun has not come to its end
            await self._tap(card, _BACK)
        elif _CLOSE in buttons:
            await self._serve(card, link)
        elif self._going_home.is_set():
            return
        elif _ACCEPT in buttons and self._has_waited(link):
            await self._tap(card, _ACCEPT)
        elif _TAKE in buttons and self._has_room() and self._has_waited(link):
            await self._tap(card, _TAKE)

    async def _serve(self, card: ChatMessage, link: str) -> None:
        """Pass on, answer or close, whichever is next and due."""
        self._waiting.pop(link, None)
        served = self._served.get(link)
        if served is None:
            served = self._served[link] = _Served(time.monotonic())
            self._taken += 1
            served.is_passed_on = not _is_turn(self._taken, self._habits.passes_on_each)
        waited_s = time.monotonic() - served.since
        if not served.has_answer and waited_s >= self._habits.answers_after_s:
            if not served.is_passed_on and not self._going_home.is_set():
                served.is_passed_on = True
                await self._pass_on(card)
                return
            await self._web_chat.answer(link, _ANSWERS[self._taken % len(_ANSWERS)])
            served.has_answer, served.since = True, time.monotonic()
        elif served.has_answer and not served.is_closed and waited_s >= self._habits.closes_after_s:
            await self._tap(card, _CLOSE)
            served.is_closed = True
            self._closed += 1
            self._is_tired |= _is_turn(self._closed, self._habits.pauses_each)

    async def _pass_on(self, card: ChatMessage) -> None:
        """To a colleague of the team, else to another group; with a reason."""
        newest = max(it.message_id for it in await self._phone.messages())
        await self._tap(card, _MENU)
        await self._tap(await self._with(_PASS_ON, after=card.message_id - 1), _PASS_ON)
        question = await self._with(_CANCEL, after=newest)
        choice = next(filter(_is_wanted, question.button_texts))
        await self._tap(question, choice)
        if choice == _CANCEL:
            return
        if choice == _ANOTHER_GROUP:
            question = await self._with(_BACK, after=newest)
            await self._tap(question, question.button_texts[0])
        await self._with(_NO_REASON, after=newest)
        await self._phone.send(_REASON)
        await self._phone.wait_for(
            lambda it: it.message_id == card.message_id and _is_passed_on(it), _WITHIN_S
        )

    async def _with(self, button: str, *, after: int) -> ChatMessage:
        return await self._phone.wait_for(
            lambda it: button in it.button_texts and not it.deleted, _WITHIN_S, after=after
        )

    async def _pause(self) -> None:
        await self._phone.send("/pause")
        await self._rest(self._habits.pauses_for_s)
        if await self._is_in(PAUSED):  # nobody has ended it by hand
            await self._phone.send("/pause")

    async def _finish(self) -> None:
        """Serve whom they have, for so long; what was just taken, their phone may not show yet."""
        until = time.monotonic() + self._habits.goes_within_s
        claims = claims_key(OperatorId(self._phone.user_id))
        while await self._redis.zcard(claims) and time.monotonic() < until:
            for card, link in await self._cards():
                await self._do_next(card, link)
            await asyncio.sleep(self._habits.looks_each_s)

    async def _go_off(self) -> None:
        sent = await self._phone.send("/off")
        answer = await self._phone.wait_for(
            "You've stopped receiving messages", _WITHIN_S, after=sent
        )
        if _RELEASE_ALL in answer.button_texts:
            await self._tap(answer, _RELEASE_ALL)

    async def _cards(self) -> list[tuple[ChatMessage, str]]:
        """Return the cards that can be tapped, each with its link; what is gone is forgotten."""
        cards = {}
        for message in await self._phone.messages():
            if message.from_bot and not message.deleted and message.buttons:
                written = " ".join([message.text, *(str(it.get("url")) for it in message.entities)])
                if link := self._web_chat.link_in(written):
                    cards[link] = message
        mine = {link for link, card in cards.items() if _MINE.intersection(card.button_texts)}
        self._served = {link: it for link, it in self._served.items() if link in mine}
        self._waiting = {link: it for link, it in self._waiting.items() if link in cards}
        return [(card, link) for link, card in cards.items()]

    def _has_room(self) -> bool:
        return len(self._served) < self._habits.at_most

    def _has_waited(self, link: str) -> bool:
        """Whether it has stood here for as long as this one needs to take it."""
        since = self._waiting.setdefault(link, time.monotonic())
        return time.monotonic() - since >= self._habits.takes_after_s

    async def _tap(self, card: ChatMessage, button: str) -> None:
        await self._phone.tap(card.message_id, button, _WITHIN_S)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._going_home.wait(), seconds)

    async def _is_on_duty_still(self) -> bool:
        try:
            return await self._is_in(ON_DUTY)
        except RedisError:
            return True

    async def _is_in(self, key: str) -> bool:
        return await self._redis.zscore(key, str(self._phone.user_id)) is not None


def _is_turn(number: int, each: int) -> bool:
    """Whether it is the first of so many."""
    return each > 0 and number % each == 1 % each


def _is_passed_on(card: ChatMessage) -> bool:
    buttons = card.button_texts
    return card.deleted or _TAKE_BACK in buttons or not {_CLOSE, _BACK}.intersection(buttons)


def _is_wanted(choice: str) -> bool:
    return choice in {_ANOTHER_GROUP, _CANCEL} or choice.partition(" · ")[0] in TEAM.values()
