from structlog.testing import capture_logs

from bot.phones import Running, ask
from onduty_sandbox.client import Phone
from servers import Valkey
from waiting import until


async def test_redis_killed_in_the_middle_of_a_login_is_not_noticed(
    anna: Phone, running: Running, own_valkey: Valkey
) -> None:
    """The bot says once that Redis is away, waits, and goes on where everybody was."""
    with capture_logs() as logs:

        def said() -> list[object]:
            return [log["event"] for log in logs if str(log["event"]).startswith("redis.")]

        async with running(redis_url=own_valkey.url):
            await ask(anna, "/on")
            own_valkey.kill()
            await anna.send("open sesame")
            await until(said, equals=["redis.away"])
            own_valkey.start()
            await anna.wait_for("You've started receiving messages")
            await until(said, equals=["redis.away", "redis.back"])
