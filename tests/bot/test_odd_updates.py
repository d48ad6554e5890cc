"""Whatever Telegram's answer holds, the bot goes on, and the next good update is handled."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from aiohttp import ClientSession, web
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.phones import Running, answers, ask, next_answer, sign_in
from onduty_desk.failures.failures import Failures
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.process.cancellation import cancel
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]
OLD_POLL = {
    "update_id": 1,
    "poll": {"id": "1", "question": "open sesame?", "options": [], "total_voter_count": 0},
}

Rewriting = Callable[[bytes], bytes]


class Between:
    """Stands between the bot and the sandbox, and changes the answers to getUpdates."""

    def __init__(self, session: ClientSession, sandbox: Sandbox) -> None:
        self.url = ""
        self.rewrite: Rewriting | None = None
        self.asked: list[dict[str, object]] = []
        self._session = session
        self._sandbox = sandbox

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        is_poll = request.path.endswith("getUpdates")
        if is_poll:
            self.asked.append(json.loads(body))
            if self.rewrite:
                rewrite, self.rewrite = self.rewrite, None
                return web.Response(body=rewrite(body), content_type="application/json")
        async with self._session.post(
            f"{self._sandbox.base_url}{request.path}", data=body, headers=_JSON
        ) as answer:
            return web.Response(
                status=answer.status, body=await answer.read(), content_type="application/json"
            )


_JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def between(sandbox: Sandbox) -> AsyncIterator[Between]:
    async with ClientSession() as session:
        found = Between(session, sandbox)
        application = web.Application()
        application.router.add_post("/{path:.*}", found.handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        found.url = f"http://{host}:{port}"
        try:
            yield found
        finally:
            await runner.cleanup()


def batch(*updates: object) -> Rewriting:
    return lambda _: json.dumps({"ok": True, "result": list(updates)}).encode()


@pytest.mark.parametrize(
    "odd",
    [
        OLD_POLL,
        {"update_id": 1, "message": 5},
        {"update_id": 1, "message": {"text": ["open sesame"]}},
        {"update_id": "1"},
        {"message": {"text": "open sesame"}},
        "open sesame",
        None,
        {"update_id": 1, "message": {"text": "half \ud83d", "chat": {"id": 10**400}}},
        {"update_id": 1, "callback_query": {"id": 7, "from": {"id": 101}}},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 101, "type": "private"}}},
    ],
)
async def test_an_odd_update_stops_neither_its_batch_nor_the_bot(
    anna: Phone, running: Running, between: Between, redis: Redis, odd: object
) -> None:
    """An older Bot API server, a proxy, a newer Telegram: the others of the batch are handled."""
    good = {
        "update_id": 2,
        "message": {
            "message_id": 900,
            "date": 0,
            "chat": {"id": 101, "type": "private", "first_name": "Anna"},
            "from": {"id": 101, "is_bot": False, "first_name": "Anna", "language_code": "en"},
            "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }
    await anna.send("hello")  # a bot cannot write first
    between.rewrite = batch(odd, good)
    async with running(telegram_api_url=between.url):
        await until(lambda: _welcomed(anna))
        sent = await anna.send("/help")
        await anna.wait_for(lambda m: m.text.startswith("Send /on"), after=sent)
    assert int(str(between.asked[1]["offset"])) == 3
    dumped = [str(failure) for failure in (await Failures(redis).all()).values()]
    assert "sesame" not in "".join(dumped)


async def _welcomed(phone: Phone) -> bool:
    return any(told.startswith("Welcome") for told in await answers(phone))


async def test_updates_nested_too_deep_are_found_one_by_one(
    anna: Phone, running: Running, between: Between, redis: Redis
) -> None:
    """The batch cannot be read as a whole: it is asked again, and the bad one is confirmed."""
    deep = '{"ok":true,"result":[{"update_id":7,"x":' + "[" * 50_000 + "]" * 50_000 + "}]}"

    def again(_: bytes) -> bytes:
        between.rewrite = lambda _: deep.encode()
        return deep.encode()

    between.rewrite = again
    async with running(telegram_api_url=between.url):
        await anna.send("/start")
        assert (await next_answer(anna, 0)).startswith("Welcome")
    alone = [int(str(asked["limit"])) for asked in between.asked].index(1)
    assert int(str(between.asked[alone + 1]["offset"])) == 8
    assert "update-7" in await Failures(redis).all()


@pytest.mark.parametrize("answer", [b"<html>", b"", b"[]", b'{"ok":true}', b'{"ok":true,"result":'])
async def test_an_answer_that_is_no_batch_is_asked_again(
    anna: Phone, running: Running, between: Between, answer: bytes
) -> None:
    """It is not Telegram's: nothing is confirmed, and nothing is lost."""
    await anna.send("/start")
    between.rewrite = lambda _: answer
    async with running(telegram_api_url=between.url):
        assert (await next_answer(anna, 0)).startswith("Welcome")
    assert "offset" not in between.asked[1]


async def test_a_reading_bot_is_heard(anna: Phone, running: Running, redis: Redis) -> None:
    """Others see by Redis's own clock when updates were read last."""
    async with running():
        await ask(anna, "/start")
        seconds, _ = await redis.time()
        heard = int(cast("str", await redis.get(HEARD)))
        assert abs(seconds * 1000 - heard) < 60_000


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["open sesame", "/on Open Sesame", "\ud83d", "private", "/off", "claim"])
)
_NAMES = (
    st.just("open sesame")
    | st.text(max_size=5)
    | st.sampled_from(
        [
            "id",
            "text",
            "caption",
            "from",
            "chat",
            "message",
            "data",
            "entities",
            "type",
            "date",
            "message_id",
            "first_name",
            "photo",
            "reply_to_message",
            "update_id",
        ]
    )
)
_ANY = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=25,
)
_KINDS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"])
_MESSAGES = st.fixed_dictionaries(
    {
        "message_id": st.just(900) | _ANY,
        "date": st.just(0) | _ANY,
        "chat": st.just({"id": 101, "type": "private"}) | _ANY,
        "from": st.just({"id": 101, "is_bot": False, "first_name": "Anna"}) | _ANY,
    },
    optional={"text": _ANY, "caption": _ANY, "entities": _ANY, "data": _ANY, "id": _ANY},
)


_UPDATES = _ANY | st.dictionaries(_KINDS, _MESSAGES | _ANY, min_size=1, max_size=2)


async def test_no_update_of_any_shape_ends_the_bot(
    anna: Phone, running: Running, between: Between, redis: Redis, move_clock: MoveClock
) -> None:
    """Whatever comes in a batch, the next thing an operator asks is answered."""
    numbers = itertools.count(1)
    loop = asyncio.get_running_loop()

    async def comes(updates: list[object]) -> None:
        between.rewrite = batch(*(_numbered(update, numbers) for update in updates))
        await anna.send("/who")  # ends the poll under way
        await until(lambda: between.rewrite is None)
        sent = await anna.send("/help")
        await anna.wait_for(lambda m: m.text.startswith("Send /on"), timeout_s=30, after=sent)

    @settings(max_examples=15, deadline=None)
    @given(st.lists(_UPDATES, min_size=1, max_size=5))
    def always(updates: list[object]) -> None:
        asyncio.run_coroutine_threadsafe(comes(updates), loop).result(60)

    async def hurry() -> None:
        for seconds in itertools.count(1):  # the pauses between tries need no waiting
            await move_clock(timedelta(seconds=seconds))
            await asyncio.sleep(0.02)

    async with running(telegram_api_url=between.url):
        hurrying = asyncio.create_task(hurry())
        await sign_in(anna)
        await asyncio.to_thread(always)
        await cancel(hurrying, again_after_s=1.0)
        lines = [key async for key in redis.scan_iter(match="onduty:*", count=1000)]
    assert not [key for key in lines if "sesame" in key.lower()]
    failures = [json.dumps(failure) for failure in (await Failures(redis).all()).values()]
    assert not [failure for failure in failures if "sesame" in failure.lower()]


def _numbered(update: object, numbers: Iterator[int]) -> object:
    """Give an object an id of its own, so that it is handled; leave the rest as it is."""
    if isinstance(update, dict) and "update_id" not in update:
        return {**update, "update_id": next(numbers)}
    return update
