"""`make run` as a person starts it: what it shows, uses, keeps and brings back."""

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from demo.conftest import Start, has_written
from onduty import AsyncSupportDesk, CustomerMessage
from onduty.wire import message_key
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until


async def test_nobody_else_on_the_machine_reads_what_it_keeps(start: Start, tmp_path: Path) -> None:
    """Redis's file and the logs, those of an older version too, which others could read."""
    older = tmp_path / "demo"
    (older / "redis" / "appendonlydir").mkdir(parents=True)
    (older / "log").mkdir()
    for path in (older, *older.glob("**/*")):
        path.chmod(0o755)
    for path in (older / "sandbox.db", older / "redis" / "dump.old", older / "log" / "bot.log"):
        path.touch()
        path.chmod(0o644)
    demo = await start()
    await demo.ready()
    kept = [older, *older.glob("**/*")]
    assert {path.relative_to(older).as_posix() for path in kept} >= {
        *("42/redis/appendonlydir", "42/redis/dump.old", "42/sandbox.db", "42/lock"),
        *("42/log/bot.log", "log/bot.log"),
    }
    open_to_others = [path for path in kept if path.stat().st_mode & 0o077]
    assert open_to_others == []


async def test_the_page_s_address_comes_first(start: Start) -> None:
    """Before the phones, and those before what can be typed."""
    demo = await start()
    said = await demo.ready()
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    places = [said.index(text) for text in (f"    {url}\n", "─ Anna ─", "supervisorctl", "Ctrl-C")]
    assert places == sorted(places)
    assert said.count(url) == 1


@pytest.mark.parametrize("folder", ["elsewhere/my demo", "inside"])
async def test_the_printed_commands_can_be_typed(start: Start, tmp_path: Path, folder: str) -> None:
    """As printed, in the folder where it was started, wherever its data are."""
    data = tmp_path.parent / "elsewhere" if folder != "inside" else tmp_path
    demo = await start(ONDUTY_DEMO_FOLDER=str(data / folder))
    said = (await demo.ready()).replace("\\\n", "")
    commands = re.findall(
        r"^    (\S*/.venv/.*|\S*/(?:onduty|supervisorctl) .*)$", said, re.MULTILINE
    )
    assert len(commands) == 2
    for command in commands:
        typed = await asyncio.create_subprocess_shell(
            command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        told, _ = await typed.communicate()
        assert typed.returncode == 0, told.decode()
    await until(lambda: "".join(demo.said).count("Do you ship to Malta?"), equals=3)


async def test_each_customer_has_a_link_at_which_one_answers(start: Start) -> None:
    """Who answers is said there, and both sides show the answer."""
    demo = await start()
    await demo.ready()
    page = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    redis_url = f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    async with (
        ClientSession() as browser,
        Redis.from_url(redis_url, decode_responses=True) as redis,
        Sandbox(page) as told,
    ):

        async def shown(url: str) -> list[str]:
            async with browser.get(url) as answer:
                lines = await answer.json()
            return [line["text"] for line in (lines if "/o/" in url else lines["lines"])]

        async with browser.get(f"{page}/backend/state") as answer:
            (asked,) = (await answer.json())["lines"]
        message = CustomerMessage.model_validate_json(
            str(await redis.get(message_key(asked["id"])))
        )
        card = await told.phone(101).wait_for("Where is it?")
        await told.phone(101).tap(card.message_id, card.buttons[0][0].text)
        written = [asked["text"], "Anna is answering"]
        for place in (f"{message.reply_url}/lines", f"{page}/backend/state"):
            await until(lambda place=place: shown(place), equals=written)  # type: ignore[misc]
        said = {"key": "a1", "text": "On its way"}
        async with browser.post(f"{message.reply_url}/lines", json=said) as answer:
            assert answer.status == 200
        written.append("On its way")
        await until(lambda: shown(f"{message.reply_url}/lines"), equals=written)
        await until(lambda: shown(f"{page}/backend/state"), equals=written)


async def test_a_killed_dispatcher_is_started_again(start: Start) -> None:
    """The supervisor sees to it."""
    demo = await start()
    await demo.ready()

    def dispatchers() -> set[int]:
        found = set()
        for child in demo.descendants():
            with suppress(psutil.Error):  # it has just ended
                if "onduty_dispatcher" in child.cmdline():
                    found.add(child.pid)
        return found

    before = dispatchers()
    os.kill(min(before), signal.SIGKILL)
    await until(lambda: len(dispatchers()) == 2 and dispatchers() != before)


async def _but_boards(phone: Phone) -> list[ChatMessage]:
    """Return what the phone has; a board, and the bubble about its pin, change by and by."""
    shown = await phone.messages()
    return [m for m in shown if m.pins is None and m.button_texts != ["Mine", "Queue"]]


async def test_a_restarted_sandbox_knows_everybody(start: Start) -> None:
    """Any program may be restarted by supervisorctl; nobody has to sign in again."""
    demo = await start()
    await demo.ready()
    sandbox = next(p for p in demo.descendants() if "onduty_sandbox" in p.cmdline())
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    async with Sandbox(url) as told:
        before = await _but_boards(told.phone(101))
        sandbox.kill()
        await until(sandbox.is_running, equals=False)
        await until(lambda: has_written(told, 101))
        assert await _but_boards(told.phone(101)) == before
    async with AsyncSupportDesk(
        f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    ) as desk:
        await desk.notify(CustomerMessage(text="Anybody?", customer_name="C", recipient="S"))
    await until(lambda: "".join(demo.said).count("Anybody?"), equals=2)


async def test_a_phrase_of_the_group_support_is_used(start: Start, tmp_path: Path) -> None:
    """None is made up beside it; and a webhook in `.env` does not keep the sandbox's bot deaf."""
    (tmp_path / ".env").write_text(
        'ONDUTY_GROUPS={"support": "open sesame"}\nONDUTY_WEBHOOK_URL=https://bot.example\n'
    )
    said = await (await start()).ready()
    assert said.count("Where is it?") == 2
    assert "the secret phrase of today" not in said


async def test_a_real_token_needs_no_sandbox(start: Start, sandbox: Sandbox, token: str) -> None:
    """With a token of one's own: how to sign in, and the phrase; no example operators."""
    demo = await start(ONDUTY_BOT_TOKEN=token, ONDUTY_TELEGRAM_API_URL=sandbox.base_url)
    said = await demo.ready()
    assert "send /on and then" in said
    assert said.index("https://t.me/") < said.index("supervisorctl")
    assert "show up here" not in said
    assert "sandbox," not in said
    assert "Anna" not in said
    phrase = said.split("“")[1].split("”")[0]
    phone = await sandbox.add_user(7, "Me")
    await phone.send("/on")
    await phone.wait_for("Enter team secret phrase:")
    await phone.send(phrase)
    await phone.wait_for("You've started receiving messages")


async def test_a_redis_of_one_s_own_is_used(start: Start, own_valkey: object) -> None:
    """No second one is started."""
    url = str(getattr(own_valkey, "url", ""))
    demo = await start(ONDUTY_REDIS_URL=url)
    assert f"--redis {url}" in await demo.ready()
    assert not [child for child in demo.descendants() if "valkey" in child.name()]
    demo.process.send_signal(signal.SIGINT)
    assert (await demo.ended())[0] == 0
