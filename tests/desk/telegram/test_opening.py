"""How a start finds Telegram: away, somebody else in its place, or a token that it refuses."""

import asyncio
import gc
import traceback
import warnings
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs
from telegram.error import InvalidToken

from onduty_desk.settings import DeskSettings
from onduty_desk.telegram import bot as opening
from onduty_desk.telegram.bot import Bot, build_bot, open_bot
from onduty_desk.telegram.outcomes import TokenRefused
from onduty_desk.telegram.token import REFUSED, TokenWatch
from raw_server import GONE, answering, page, refused, told
from waiting import until

TOKEN = "42:a-token-that-nobody-may-read-0123"
US = told({"ok": True, "result": {"id": 42, "is_bot": True, "first_name": "B", "username": "b"}})
NOBODY = told({"ok": True, "result": {}})
KEPT = US.replace(b"Connection: close", b"Connection: keep-alive")


def bot_at(url: str, token: TokenWatch | None = None) -> Bot:
    settings = {"bot_token": TOKEN, "team_secret": "open sesame", "telegram_api_url": url}
    return build_bot(DeskSettings.model_validate(settings), token=token)


def one_after_another(*answers: bytes) -> Callable[[str], bytes]:
    left = iter(answers)
    return lambda _: next(left)


@pytest.mark.parametrize("code", [401, 404])
async def test_a_refused_token_is_a_sentence_without_the_token(code: int) -> None:
    """It says what to check; neither it nor its causes hold the token."""
    async with answering(refused(code, "Unauthorized")) as server:
        with pytest.raises(TokenRefused, match="check ONDUTY_BOT_TOKEN") as raised:
            await open_bot(bot_at(server.url))
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_whatever_else_answers_is_waited_for_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page, even with the status of a refused token, is somebody in between."""
    monkeypatch.setattr(opening, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(opening, "LONGEST_PAUSE_S", 0.01)
    answers = one_after_another(
        page(401), page(404), page(404), GONE, NOBODY, refused(429, "wait", retry_after=0.01), US
    )
    async with answering(answers) as server:
        bot = bot_at(server.url)
        with capture_logs() as logs:
            await open_bot(bot)
        await bot.shutdown()
    assert [log.get("reason") for log in logs] == [
        "answered by something that is not Telegram (401)",
        "answered by something that is not Telegram (404)",
        "connection lost before the answer (ServerDisconnectedError)",
        "the answer to getMe is no bot",
        "Telegram asks to wait",
        None,
    ]
    assert logs[-1]["event"] == "telegram.reached"


async def test_a_long_outage_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at each try; but somebody who looks finds it among the last lines."""
    monkeypatch.setattr(opening, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(opening, "LONGEST_PAUSE_S", 0.001)
    monkeypatch.setattr(opening, "LOG_EVERY_S", 0.2)
    with capture_logs() as logs:
        async with answering(page(503)) as server:
            task = asyncio.create_task(open_bot(bot := bot_at(server.url)))
            await until(lambda: len(logs) == 3)
            assert len(server.requests) > 10
            task.cancel()
            await asyncio.wait((task,))
            await bot.request.shutdown()
            await bot.shutdown()


@pytest.mark.parametrize("steps", range(8))
async def test_a_start_that_is_cancelled_leaves_no_connection_open(steps: int) -> None:
    """After any step of it: `shutdown` of PTB's closes nothing that it does not know of."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with answering(US) as server:
            opening_it = asyncio.create_task(open_bot(bot := bot_at(server.url)))
            for _ in range(steps):
                await asyncio.sleep(0)
            opening_it.cancel()
            await asyncio.wait((opening_it,))
            await bot.shutdown()
        del bot, opening_it
        gc.collect()
    assert [str(warning.message) for warning in warned] == []


async def test_a_refused_token_is_asked_about_until_it_is_good() -> None:
    """Pages and outages meanwhile say nothing about it; whoever waits goes on then."""
    token = TokenWatch(first_pause_s=0.01, longest_pause_s=0.02)
    answers = one_after_another(
        refused(401, "Unauthorized"), refused(404, "Not Found"), page(200), GONE, US
    )
    async with answering(answers) as server:
        bot = bot_at(server.url, token)
        await bot.request.initialize()
        with capture_logs() as logs:
            asking = asyncio.create_task(token.run(bot))
            await token.wait_until_good()
            found = [token.trouble]
            token.refused()
            token.refused()
            found.append(token.trouble)
            await token.wait_until_good()
            found.append(token.trouble)
            assert found == [None, REFUSED, None]
            await until(lambda: [log["event"] for log in logs][-1:] == ["token.good_again"])
            asking.cancel()
            await asyncio.wait((asking,))
        await bot.request.shutdown()
    assert [log["event"] for log in logs] == ["token.refused", "token.good_again"]
    assert len(server.requests) == 5


async def test_whatever_is_asked_tells_of_a_refused_token() -> None:
    """Nobody who makes a request has to think of it."""
    token = TokenWatch()
    async with answering(lambda line: refused(401, "") if "Tap" in line else KEPT) as server:
        bot = bot_at(server.url, token)
        await open_bot(bot)
        found = [token.is_refused]
        with pytest.raises(InvalidToken, match="does not know this token"):
            await bot.request.post(f"{bot.base_url}/answerTap")
        assert [*found, token.is_refused] == [False, True]
        await bot.shutdown()
