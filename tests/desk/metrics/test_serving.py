"""The port of a process: figures, liveness, readiness."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis
from structlog.testing import capture_logs

from onduty_desk.metrics.serving import observable
from onduty_desk.process import readiness as readiness_module
from onduty_desk.process.listening import PortTaken
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.settings import DispatcherSettings


def settings(**others: object) -> DispatcherSettings:
    given = {"bot_token": "42:sandbox-token", "team_secret": "open sesame", **others}
    return DispatcherSettings.model_validate(given)


@asynccontextmanager
async def opened(redis: Redis, readiness: Readiness) -> AsyncIterator[str]:
    """Return the address of a process's port, a free one."""
    with capture_logs() as logs:
        async with observable(settings(metrics_port=0), "dispatcher", redis, readiness):
            [line] = [log for log in logs if log["event"] == "metrics.listening"]
            [port] = re.findall(r", (\d+)", line["addresses"][0])
            yield f"http://127.0.0.1:{port}"


async def get(url: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_it_answers_from_the_first_moment(redis: Redis) -> None:
    """A process that waits for Redis or Telegram is live and not ready, and its figures say so."""
    readiness = Readiness(Loops(), Outage())
    async with opened(redis, readiness) as url:
        assert await get(f"{url}/livez") == (200, "live\n")
        status, text = await get(f"{url}/readyz")
        assert (status, "it is starting" in text) == (503, True)
        assert "onduty_ready 0.0" in (await get(f"{url}/metrics"))[1]

        readiness.begin(lambda: None)
        readiness.wrote()
        assert await get(f"{url}/readyz") == (200, "ready\n")
        status, text = await get(f"{url}/metrics")
        assert status == 200
        assert "onduty_ready 1.0" in text
        assert 'onduty_lanes_busy{queue="onduty-urgent"} 0.0' in text
        assert "onduty_updates_stored" not in text  # the bot's


async def test_a_loop_that_hangs_shows(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the process is not ready, then not live."""
    loops = Loops()
    readiness = Readiness(loops, Outage())
    readiness.begin()
    readiness.wrote()
    async with opened(redis, readiness) as url:
        loops.turned("sender", rests_s=-40)
        assert await get(f"{url}/livez") == (200, "live\n")
        assert await get(f"{url}/readyz") == (503, "not ready: stuck for more than 30 s: sender\n")
        monkeypatch.setattr(readiness_module, "DEAD_AFTER_S", 35.0)
        assert await get(f"{url}/livez") == (503, "not live: stuck for more than 35 s: sender\n")


async def test_without_a_port_nothing_listens(redis: Redis) -> None:
    """That is the default."""
    with capture_logs() as logs:
        async with observable(settings(), "dispatcher", redis, Readiness(Loops(), Outage())):
            assert logs == []


async def test_a_taken_port_is_told_in_one_sentence(redis: Redis) -> None:
    """Two processes with one port: the second says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = settings(metrics_port=other.getsockname()[1])
        readiness = Readiness(Loops(), Outage())
        with pytest.raises(PortTaken, match="or set ONDUTY_METRICS_PORT to another"):
            async with observable(taken, "dispatcher", redis, readiness):
                pass
