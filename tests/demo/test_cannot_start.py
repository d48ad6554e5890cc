"""What stands in the way of `make run` is said in one sentence."""

from pathlib import Path

from redis.asyncio import Redis

from demo.conftest import Start, environment_of
from onduty_desk.model.keys import BOT
from onduty_sandbox.client import Sandbox
from servers import Valkey
from services import Forked
from waiting import until


async def test_a_program_that_keeps_ending_is_named(
    start: Start, sandbox: Sandbox, token: str, tmp_path: Path
) -> None:
    """With its last words and the place of its log; nothing is left running."""
    port = sandbox.base_url.rpartition(":")[2]
    demo = await start(
        ONDUTY_BOT_TOKEN=token,
        ONDUTY_TELEGRAM_API_URL=sandbox.base_url,
        ONDUTY_WEBHOOK_URL="https://bot.example",
        ONDUTY_WEBHOOK_SECRET="secret",
        ONDUTY_WEBHOOK_PORT=port,
    )
    code, _ = await demo.ended()
    assert code == 1
    await until(lambda: "make run: bot keeps ending: " in "".join(demo.said))
    said = "".join(demo.said)
    assert port in said.partition("bot keeps ending: ")[2]
    folder = tmp_path / "demo" / token.partition(":")[0]
    assert f"(more in {folder / 'log' / 'bot.log'})" in said
    assert "Traceback" not in said


async def test_what_stands_in_the_way_is_said_in_one_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Exit code 1, what to do, and nothing left running."""
    taken = str(sandbox.base_url.rpartition(":")[2])
    (tmp_path / "file").write_text("")
    for settings, told in (
        ({"ONDUTY_DEMO_REDIS_PORT": taken}, f"port {taken} is taken, redis needs it"),
        ({"ONDUTY_DEMO_SANDBOX_PORT": taken}, "set ONDUTY_DEMO_SANDBOX_PORT to a free one"),
        ({"ONDUTY_DEMO_WEBCHAT_PORT": taken}, "set ONDUTY_DEMO_WEBCHAT_PORT to a free one"),
        ({"ONDUTY_DEMO_REDIS_PORT": "none"}, "ONDUTY_DEMO_REDIS_PORT: Input should be"),
        ({"ONDUTY_DEMO_SANDBOX_PORT": "65536"}, "ONDUTY_DEMO_SANDBOX_PORT: Input should be"),
        ({"ONDUTY_GROUPS": "sales"}, "ONDUTY_GROUPS: write it as JSON"),
        ({"ONDUTY_LANGUAGE": "xx"}, "ONDUTY_LANGUAGE: use one of"),
        ({"ONDUTY_REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis does not answer"),
        ({"ONDUTY_REDIS_URL": "localhost"}, "use redis://host:port/db"),
        ({"ONDUTY_BOT_TOKEN": "hunter2"}, "ONDUTY_BOT_TOKEN: is not a bot token"),
        (
            {
                "ONDUTY_BOT_TOKEN": "42:not-the-token-that-it-knows",
                "ONDUTY_TELEGRAM_API_URL": sandbox.base_url,
            },
            "Telegram does not know this bot token",
        ),
        (
            {
                "ONDUTY_BOT_TOKEN": "42:a-token-of-the-right-form",
                "ONDUTY_TELEGRAM_API_URL": "http://127.0.0.1:1",
            },
            "Telegram does not answer at http://127.0.0.1:1",
        ),
        ({"ONDUTY_DEMO_FOLDER": str(tmp_path / "file")}, "set ONDUTY_DEMO_FOLDER"),
    ):
        said = await said_instead(tmp_path, settings)
        assert told in said
        assert "Traceback" not in said


async def test_a_redis_with_another_bot_s_desk_is_refused(
    own_valkey: Valkey, sandbox: Sandbox, token: str, tmp_path: Path
) -> None:
    """Before anything runs there, for the sandbox and for a real token: no desk is shared."""
    async with Redis.from_url(own_valkey.url) as redis:
        await redis.set(BOT, "4711")
        before = await redis.keys()
        real = {"ONDUTY_BOT_TOKEN": token, "ONDUTY_TELEGRAM_API_URL": sandbox.base_url}
        for settings in ({}, real):
            said = await said_instead(tmp_path, {"ONDUTY_REDIS_URL": own_valkey.url, **settings})
            told = f"make run: the Redis at {own_valkey.url} holds the desk of bot 4711, and "
            assert told in said
            assert "Starting" not in said
        assert await redis.keys() == before


async def said_instead(folder: Path, settings: dict[str, str]) -> str:
    """Start a demo, whose exit code must be 1, and return what it said."""
    output = folder / "demo.out"
    output.unlink(missing_ok=True)
    demo = Forked("onduty_demo.__main__", environment_of(folder, settings), output)
    assert await demo.wait() == 1
    return output.read_text()
