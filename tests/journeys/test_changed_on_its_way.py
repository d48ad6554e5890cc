"""Edits and /undo at each moment of an answer's way, by processes that are killed in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import pytest
from redis.asyncio import Redis

from chat_backend import ChatBackend, running_chat_backend
from onduty.events import Event, ReplySent
from onduty_desk.events.queue import LEASE
from onduty_desk.failures.failures import Failures
from onduty_sandbox.client import Phone
from waiting import until

from .answering import (
    NOT_SENT,
    OVER,
    arrived,
    asked_about,
    card_of,
    customers_write,
    shows,
    tell,
)
from .conftest import Desk

MoveClock = Callable[[timedelta], Awaitable[None]]
Change = Literal["edit", "undo"]
MOMENTS = ("waits", "flies", "arrived", "failed", "passed", "closed")


def hold_back(chat: ChatBackend, never: asyncio.Event) -> None:
    """Let the backend keep each first answer in its moment."""

    async def answers(event: Event) -> int:
        about_answer = isinstance(event, ReplySent)
        if about_answer and event.conversation_id == "waits":
            return 500
        if about_answer and event.conversation_id == "flies":
            await never.wait()
        return 422 if about_answer and event.conversation_id == "failed" else 204

    chat.answers = answers


async def bring_into_its_moment(moment: str, anna: Phone, card: int, boris: Phone, his: int) -> int:
    """Let Anna answer the customer of that name, and her answer come so far; return her message."""
    sent = await anna.send("Helo", reply_to=card)
    marks = {"waits": "👀", "flies": "👀", "failed": "😢"}
    await shows(anna, sent, marks.get(moment, "👍"))
    if moment == "passed":
        theirs = await boris.send("It is me", reply_to=his)
        question = await asked_about(boris, theirs)
        assert question.text.startswith(NOT_SENT)
        await boris.tap(question.message_id, OVER)
        await shows(boris, theirs, "👍")
    elif moment == "closed":
        await anna.wait_for(lambda m: m.message_id == card and "☑️ Close" in m.button_texts)
        await anna.tap(card, "close")
    return sent


@pytest.mark.parametrize("change", ["edit", "undo"])
async def test_a_change_at_each_moment_with_kills_between(
    change: Change, redis_url: str, redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The customer has the newest words, or none; the operator sees just that, and nothing waits.

    All processes die before the change is heard of, and again while it is worked on.
    """
    never = asyncio.Event()
    async with running_chat_backend() as chat:
        tell(desk, chat.url)
        bot, dispatcher = await desk.start("bot", "dispatcher")
        anna, boris = await desk.operator(101, "Anna"), await desk.operator(102, "Boris")
        customers_write(redis_url, *MOMENTS)
        hold_back(chat, never)
        hers = {moment: await card_of(anna, moment) for moment in MOMENTS}
        his = {moment: await card_of(boris, moment) for moment in MOMENTS}
        sent = {
            moment: await bring_into_its_moment(moment, anna, hers[moment], boris, his[moment])
            for moment in MOMENTS
        }
        await bot.kill()
        await dispatcher.kill()
        for message_id in sent.values():
            if change == "edit":
                await anna.edit(message_id, "Hello")
            else:
                await anna.send("/undo", reply_to=message_id)

        (bot,) = desk.begin("bot")
        await move_clock(LEASE * 2)
        last = "onduty:reply:101:" + str(sent[MOMENTS[-1]])
        await until(lambda: _is_on_its_way(redis, last))
        await bot.kill()
        chat.answers = lambda _: 500
        asked = chat.requests
        _, dispatcher = desk.begin("bot", "dispatcher")
        await move_clock(LEASE * 4)
        await until(lambda: chat.requests > asked)
        await dispatcher.kill()
        chat.answers = lambda _: 204
        desk.begin("dispatcher")
        await move_clock(LEASE * 100)

        for message_id in sent.values():
            await shows(anna, message_id, "👍" if change == "edit" else "")
        never.set()
        after = {"edit": "→ Hello", "undo": "✗"}[change]
        expected = {moment: ["Helo", after] for moment in MOMENTS}
        expected["failed"] = ["Hello"] if change == "edit" else ["✗"]
        expected["passed"] = ["Helo", "It is me", after]
        assert arrived(chat) == expected
        assert await Failures(redis).all() == {}


async def _is_on_its_way(redis: Redis, reply: str) -> bool:
    state, kind = await redis.hmget(reply, "state", "kind")
    return state == "sending" and kind in {"reply.edited", "reply.deleted"}
