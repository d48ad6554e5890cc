"""`make run` as a person starts it: what it shows, uses, keeps and brings back."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from demo.conftest import Start, has_written
from onduty import AsyncSupportDesk, CustomerMessage
from onduty_sandbox.client import Sandbox
from waiting import until


async def test_nobody_else_on_the_machine_reads_what_it_keeps(start: Start, tmp_path: Path) -> None:
    """Redis's file and the logs, those of an older version too, which others could read."""
    folder = tmp_path / "demo"
    (folder / "redis" / "appendonlydir").mkdir(parents=True)
    old = [folder, folder / "redis", folder / "redis" / "appendonlydir"]
    for path in old:
        path.chmod(0o755)
    for path in (folder / "sandbox.db", folder / "redis" / "dump.old"):
        path.touch()
        path.chmod(0o644)
        old.append(path)
    demo = await start()
    await demo.ready()
    kept = [folder, *folder.glob("**/*")]
    assert {path.name for path in kept} >= {"appendonlydir", "bot.log", "lock", "sandbox.db"}
    assert {*old} <= {*kept}
    open_to_others = [path for path in kept if path.stat().st_mode & 0o077]
    assert open_to_others == []


async def test_the_printed_command_reaches_the_phones(start: Start) -> None:
    """Typed as printed, a customer's message is drawn as it comes."""
    demo = await start()
    await demo.ready()
    redis_url = f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    assert f"onduty send --redis {redis_url}" in "".join(demo.said)
    sending = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("onduty"),
        *("send", "--redis", redis_url, "--name", "Carol", "--to", "The Shop"),
        *("--text", "Do you ship to Malta?"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await sending.wait() == 0
    await until(lambda: "".join(demo.said).count("Do you ship to Malta?"), equals=3)


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


async def test_a_restarted_sandbox_knows_everybody(start: Start) -> None:
    """Any program may be restarted by supervisorctl; nobody has to sign in again."""
    demo = await start()
    await demo.ready()
    sandbox = next(p for p in demo.descendants() if "onduty_sandbox" in p.cmdline())
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    async with Sandbox(url) as told:
        before = await told.phone(101).messages()
        sandbox.kill()
        await until(sandbox.is_running, equals=False)
        await until(lambda: has_written(told, 101))
        assert await told.phone(101).messages() == before
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
