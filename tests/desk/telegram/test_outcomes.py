"""What counts as what: every kind of answer, and of none, that a send may meet."""

import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from telegram import Bot as PlainBot
from telegram.error import NetworkError, TelegramError
from telegram.ext import ExtBot

from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
    Impossible,
    Later,
    Moved,
    NotTaken,
    Outcome,
    Refused,
    Sent,
    Unauthorized,
    Unknown,
    Unreadable,
    outcome_of,
)
from onduty_desk.telegram.sending import Text, send_text
from onduty_desk.telegram.transport import AiohttpRequest
from onduty_desk.telegram.transport import NotTaken as RequestNotTaken
from raw_server import GONE, answering, bomb, page, refused, told

TOKEN = "42:a-token-that-nobody-may-read-0123"
SENT = {"ok": True, "result": {"message_id": 7, "date": 0, "chat": {"id": 1, "type": "private"}}}
OURS = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}


@asynccontextmanager
async def bot_at(url: str) -> AsyncIterator[Bot]:
    requests = [AiohttpRequest(read_timeout_s=0.5) for _ in range(2)]
    bot: Bot = ExtBot(
        TOKEN, base_url=f"{url}/bot", request=requests[0], get_updates_request=requests[1]
    )
    for request in requests:
        await request.initialize()
    try:
        yield bot
    finally:
        for request in requests:
            await request.shutdown()


async def sent_to(url: str) -> Outcome:
    async with bot_at(url) as bot:
        return await outcome_of(send_text(bot, ChatId(1), Text("Hello"), is_paid=False))


NO_NUMBERS: tuple[object, ...] = (None, "7", -1, 0, True, [], float("nan"))

TELEGRAMS = {
    "sent": (told(SENT), Sent(7)),
    "sent, whatever the status": (told(SENT, 502), Sent(7)),
    "blocked": (refused(403, "Forbidden: bot was blocked"), Impossible),
    "no such chat": (told(OURS, 400), Impossible),
    "no such user": (refused(400, "Bad Request: user not found"), Impossible),
    "refused with status 200": (told(OURS), Impossible),
    "markup": (refused(400, "Bad Request: can't parse entities"), Unreadable),
    "too long": (refused(400, "Bad Request: message is too long"), Refused),
    "too large": (refused(413, "Request Entity Too Large"), Refused),
    "a group that moved": (refused(400, "upgraded", migrate_to_chat_id=-100), Moved(-100)),
    "moved to nowhere": (refused(400, "upgraded", migrate_to_chat_id="x"), Refused),
    "token refused": (refused(401, "Unauthorized"), Unauthorized),
    "token unknown": (refused(404, "Not Found"), Unauthorized),
    "Telegram's own 500": (refused(500, "Internal Server Error"), NotTaken),
    "Telegram's own 502": (refused(502, "Bad Gateway"), NotTaken),
    "later": (refused(429, "Too Many", retry_after=7), Later(timedelta(seconds=7))),
    "later, to the fraction": (
        refused(429, "Too Many", retry_after=0.25),
        Later(timedelta(seconds=0.25)),
    ),
    **{
        f"later, without a number: {odd!r}": (
            refused(429, "Too Many", retry_after=odd),
            Later(timedelta(seconds=5)),
        )
        for odd in NO_NUMBERS
    },
    "later, without parameters": (refused(429, "Too Many"), Later(timedelta(seconds=5))),
    "later, parameters that are none": (
        told({"ok": False, "error_code": 429, "description": "", "parameters": 7}, 429),
        Later(timedelta(seconds=5)),
    ),
    **{
        f"later, beyond all measure: {str(odd)[:9]}": (
            refused(429, "Too Many", retry_after=odd),
            Later(timedelta(hours=1)),
        )
        for odd in (3_601, 10**400, 1e300, float("inf"))
    },
}
"""Telegram's JSON."""

PAGES = {
    **{f"page {status}": (page(status), NotTaken) for status in (400, 401, 403, 404, 407, 429)},
    **{f"page {status}": (page(status), NotTaken) for status in (500, 503)},
    **{f"page {status}": (page(status), Unknown) for status in (200, 202, 502, 504, 524)},
    "empty 403": (page(403, b""), NotTaken),
    "empty 200": (page(200, b""), Unknown),
    "404, plain": (page(404, b"404 page not found", "text/plain"), NotTaken),
    "403, page called JSON": (page(403, kind="application/json"), NotTaken),
    "a gateway's JSON": (told({"error": "forbidden"}, 403), NotTaken),
    "a gateway's ok": (told({"ok": True}), Unknown),
    "a gateway's no": (told({"ok": False, "message": "no"}, 401), NotTaken),
    "a gateway's code": (
        told({"ok": False, "error_code": "403", "description": ""}, 403),
        NotTaken,
    ),
    "no error at all": (told({"ok": False, "error_code": 200, "description": ""}), Unknown),
    "almost Telegram's": (told({"ok": 1, "result": {"message_id": 7}}), Unknown),
    "a list": (told([SENT]), Unknown),
    "no UTF-8": (page(200, b'{"ok":true,"result":"\xff"}'), Unknown),
    "nested without an end": (page(403, b"[" * 100_000), NotTaken),
    "no message": (told({"ok": True, "result": True}), Unknown),
    "a message without id": (told({"ok": True, "result": {"message_id": "7"}}), Unknown),
    **{
        f"redirected {status}": (page(status, Location="https://login.example/"), NotTaken)
        for status in (301, 302, 303, 307, 308)
    },
    "redirected to nowhere": (page(302, Location="::not an address::"), NotTaken),
}
"""Somebody in between."""

LONG = "x" * 20_000
BROKEN = {
    "gone": (GONE, Unknown),
    "no answer": (None, Unknown),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", Unknown),
    "half a body": (told(SENT)[:-9], Unknown),
    "bad status line": (b"HTTP/1.1 Hello there\r\n\r\n", Unknown),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.9\r\n", Unknown),
    "header too long": (page(200, X_Long=LONG), Unknown),
    "bad header": (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Unknown),
    "bad length": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", Unknown),
    "broken chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        Unknown,
    ),
    "broken gzip": (page(200, b"\x1f\x8b no gzip at all", Content_Encoding="gzip"), Unknown),
    "a bomb": (lambda _: bomb(300_000_000), Unknown),  # built by its test: it takes 2 s
    "a bomb that says no": (bomb(3_000_000).replace(b" 200 ", b" 403 ", 1), NotTaken),
}
"""Nobody's answer."""


@pytest.fixture
def without_garbage() -> Iterator[None]:
    """What is found at the limit of recursion cannot end as it should, and fails the test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_garbage")
@pytest.mark.parametrize(
    ("answer", "expected"),
    (TELEGRAMS | PAGES | BROKEN).values(),
    ids=(TELEGRAMS | PAGES | BROKEN).keys(),
)
async def test_what_counts_as_what(
    answer: bytes | Callable[[str], bytes] | None,
    expected: Outcome | type[Outcome],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only Telegram's word signs off or gives up; all else says whether it may have arrived."""
    caplog.set_level(logging.INFO)
    async with answering(answer) as server:
        outcome = await sent_to(server.url)
        assert len(server.requests) == 1, "asked once: no redirect is followed, nothing repeated"
    assert outcome == expected if not isinstance(expected, type) else type(outcome) is expected
    assert TOKEN not in repr(outcome)
    assert TOKEN not in caplog.text


async def test_a_redirect_in_a_circle_is_not_followed() -> None:
    """Not even once."""
    async with answering(lambda line: page(302, Location=line.split()[1])) as server:
        assert await sent_to(server.url) == NotTaken("redirected instead of answered (302)")
        assert len(server.requests) == 1


async def test_what_never_had_a_connection_was_not_taken(free_port: int) -> None:
    """Refused, not found, no TLS: each is certain, and says so without the address."""
    refusing = await sent_to(f"http://127.0.0.1:{free_port}")
    assert refusing == NotTaken("no connection to Telegram (ClientConnectorError, ECONNREFUSED)")
    unknown = await sent_to("http://no-such-host.invalid")
    assert unknown == NotTaken("no connection to Telegram (ClientConnectorDNSError)")
    async with answering(page(400)) as server:
        no_tls = await sent_to(server.url.replace("http:", "https:"))
    assert type(no_tls) is NotTaken
    assert type(await sent_to("http://no host")) is NotTaken


async def test_a_server_that_does_not_accept_took_nothing() -> None:
    """The time ran out while connecting: nothing had left."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for client in (first, second):
            client.setblocking(False)  # noqa: FBT003 - the socket's own
            client.connect_ex(full.getsockname())
        outcome = await sent_to(f"http://127.0.0.1:{full.getsockname()[1]}")
    assert type(outcome) is NotTaken


async def test_a_kept_connection_that_closes_may_have_taken_it() -> None:
    """Nobody knows whether it closed before or after the request came."""
    good = told(SENT).replace(b"Connection: close", b"Connection: keep-alive")
    answers = iter([good, GONE])
    async with answering(lambda _: next(answers)) as server, bot_at(server.url) as bot:
        first, second = [
            await outcome_of(send_text(bot, ChatId(1), Text("Hello"), is_paid=False))
            for _ in range(2)
        ]
        assert first == Sent(7)
        assert second == Unknown("connection lost before the answer (ServerDisconnectedError)")
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 502])
async def test_no_method_takes_a_page_for_telegrams_word(status: int) -> None:
    """Reading updates, asking who we are, answering a tap: a page is never a verdict."""
    async with answering(page(status)) as server, bot_at(server.url) as bot:
        for asked in (
            bot.get_updates(),
            bot.get_me(),
            bot.answer_callback_query("1"),
            PlainBot.send_message(bot, 1, "Hello"),
            bot.set_my_commands([]),
        ):
            with pytest.raises(NetworkError) as raised:
                await asked
            assert type(raised.value) in {NetworkError, RequestNotTaken}
            assert TOKEN not in str(raised.value)


async def test_many_long_updates_are_read_whole() -> None:
    """What is too long for an answer to a send is not too long for a hundred updates."""
    text = "ж" * 4096
    updates = [{"update_id": n, "poll": {}, "unknown": {"text": text}} for n in range(100)]
    async with (
        answering(told({"ok": True, "result": updates})) as server,
        bot_at(server.url) as bot,
    ):
        found = await bot.request.post(f"{bot.base_url}/getUpdates")
    assert found == updates


async def test_a_closed_client_says_that_nothing_left() -> None:
    """A request made while the process ends is certain not to be taken."""
    async with bot_at("http://127.0.0.1:1") as bot:
        pass
    with pytest.raises(TelegramError) as raised:
        await bot.get_me()
    assert type(raised.value) is RequestNotTaken
