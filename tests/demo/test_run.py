"""`make run` as a person starts it: what it shows, uses, keeps and brings back."""

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
from aiohttp import ClientSession
from redis.asyncio import Redis

from demo.conftest import Start, ends_cleanly, has_written
from onduty import AsyncSupportDesk, CustomerMessage
from onduty.wire import message_key
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from servers import Valkey
from waiting import until


async def test_what_it_keeps_and_shows(start: Start, tmp_path: Path) -> None:
    """Others on the machine read nothing of it, the page's address comes first, links answer.

    Redis's file and the logs of an older version, which others could read, are closed too. A second
    run in the same folder says so instead of fighting. SIGKILL of the demo leaves no process.
    """
    kept = tmp_path / "demo"
    (kept / "redis" / "appendonlydir").mkdir(parents=True)
    (kept / "log").mkdir()
    for path in (kept, *kept.glob("**/*")):
        path.chmod(0o755)
    for path in (kept / "sandbox.db", kept / "redis" / "dump.old", kept / "log" / "bot.log"):
        path.touch()
        path.chmod(0o644)
    demo = await start()
    said = await demo.ready()
    nobody_else_reads(kept)
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    places = [said.index(text) for text in (f"    {url}\n", "─ Anna ─", "supervisorctl", "Ctrl-C")]
    assert places == sorted(places)
    assert said.count(url) == 1
    redis_url = f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    await a_link_answers(url, redis_url)
    await can_be_typed(said, tmp_path)
    await until(lambda: "".join(demo.said).count("Do you ship to Malta?"), equals=3)
    second = await start(ONDUTY_DEMO_FOLDER=demo.environment["ONDUTY_DEMO_FOLDER"])
    code, _ = await second.ended()
    await until(lambda: "another `make run` works in" in "".join(second.said))
    assert code == 1
    processes = demo.descendants()
    demo.process.kill()
    await until(lambda: [p for p in processes if p.is_running()], equals=[])


def nobody_else_reads(kept: Path) -> None:
    everything = [kept, *kept.glob("**/*")]
    assert {path.relative_to(kept).as_posix() for path in everything} >= {
        *("42/redis/appendonlydir", "42/redis/dump.old", "42/sandbox.db", "42/lock"),
        *("42/log/bot.log", "log/bot.log"),
    }
    assert [path for path in everything if path.stat().st_mode & 0o077] == []


async def can_be_typed(said: str, folder: Path) -> None:
    """The printed commands, as printed, in the folder where it was started."""
    commands = re.findall(
        r"^    (\S*/.venv/.*|\S*/(?:onduty|supervisorctl) .*)$",
        said.replace("\\\n", ""),
        re.MULTILINE,
    )
    assert len(commands) == 2
    for command in commands:
        typed = await asyncio.create_subprocess_shell(
            command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        told, _ = await typed.communicate()
        assert typed.returncode == 0, told.decode()


async def a_link_answers(page: str, redis_url: str) -> None:
    """Each customer has one; who answers is said there, and both sides show the answer."""
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


async def test_what_is_killed_comes_back(start: Start) -> None:
    """The supervisor sees to it: a dispatcher, then the sandbox, which knows everybody.

    Any program may be restarted by supervisorctl; nobody has to sign in again. When the supervisor
    itself is killed it is said, and no program is left that nobody looks after.
    """
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

    sandbox = next(p for p in demo.descendants() if "onduty_sandbox" in p.cmdline())
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    async with Sandbox(url) as told:
        had = await _but_boards(told.phone(101))
        sandbox.kill()
        await until(sandbox.is_running, equals=False)
        await until(lambda: has_written(told, 101))
        assert await _but_boards(told.phone(101)) == had
    async with AsyncSupportDesk(
        f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    ) as desk:
        await desk.notify(CustomerMessage(text="Anybody?", customer_name="C", recipient="S"))
    await until(lambda: "".join(demo.said).count("Anybody?"), equals=2)

    processes = demo.descendants()
    psutil.Process(demo.process.pid).children()[0].kill()
    code, _ = await demo.ended()
    assert code == 1
    await until(lambda: "make run: supervisord has ended; see " in "".join(demo.said))
    assert "Traceback" not in "".join(demo.said)
    await until(lambda: [p for p in processes if p.is_running()], equals=[])


async def _but_boards(phone: Phone) -> list[ChatMessage]:
    """Return what the phone has; a board, and the bubble about its pin, change by and by."""
    shown = await phone.messages()
    return [m for m in shown if m.pins is None and m.button_texts != ["Mine", "Queue"]]


async def test_what_the_user_has_set_is_used(
    start: Start, own_valkey: Valkey, tmp_path: Path
) -> None:
    """A Redis: no second one is started. A phrase of the group support: none is made up beside it.

    A webhook in `.env` does not keep the sandbox's bot deaf; data may lie elsewhere. When its
    terminal is closed, it ends as by Ctrl-C.
    """
    (tmp_path / ".env").write_text(
        'ONDUTY_GROUPS={"support": "open sesame"}\nONDUTY_WEBHOOK_URL=https://bot.example\n'
    )
    data = tmp_path.parent / "elsewhere" / "my demo"
    demo = await start(ONDUTY_REDIS_URL=own_valkey.url, ONDUTY_DEMO_FOLDER=str(data))
    said = await demo.ready()
    assert said.count("Where is it?") == 2
    assert "the secret phrase of today" not in said
    await can_be_typed(said, tmp_path)  # wherever its data are
    assert f"--redis {own_valkey.url}" in said
    assert not [child for child in demo.descendants() if "valkey" in child.name()]
    await ends_cleanly(demo, signal.SIGHUP)


async def test_a_real_token_needs_no_sandbox(start: Start, sandbox: Sandbox, token: str) -> None:
    """With a token of one's own: how to sign in, and the phrase; no example operators.

    It ends by SIGTERM as by Ctrl-C.
    """
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
    await ends_cleanly(demo, signal.SIGTERM)
