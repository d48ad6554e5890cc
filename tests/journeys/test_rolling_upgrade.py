"""The version before and today's work side by side on one Redis, as during a rolling upgrade."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from rq import Queue

from chaos.plan import Plan, short
from chaos.rolling import NEW_BOT, NEW_DISPATCHER, OLD_BOT, OLD_DISPATCHER, Rolling
from chaos.run import run
from chaos.table import is_as_it_must_be, rows, written
from older_version import install_older_version
from onduty import CustomerMessage, SupportDesk
from onduty.events import parse_event
from onduty_sandbox.client import ChatMessage, Phone
from services import Forked
from waiting import until

from .conftest import PHRASE, Desk

TODAYS: dict[str, str] = {}


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that runs the version before."""
    return install_older_version(tmp_path_factory.mktemp("older"))


def upgrade_in_trouble() -> Plan:
    """All that `short` has, for so long that each bot works alone for a while."""
    return replace(
        short(seed=11),
        pushing=timedelta(seconds=24),
        bots=2,
        between_blows_s=(2.5, 5),
    )


async def test_nothing_is_lost_in_a_rolling_upgrade_while_everything_dies(
    older: dict[str, str], tmp_path: Path
) -> None:
    """Old and new share the work, are killed and replaced; each message comes once, in order."""
    house = tmp_path / "house"
    house.mkdir()
    result = await run(upgrade_in_trouble(), house, lambda _: None, Rolling(older, each_bot_s=8))
    table = rows(result)
    assert is_as_it_must_be(table), f"\n{written(table)}"
    assert result.counts.accepted > 100
    killed = {ended.name for ended in result.ended if ended.how == "SIGKILL"}
    assert killed >= {OLD_DISPATCHER, NEW_DISPATCHER, "redis"}
    for bot in (OLD_BOT, NEW_BOT):
        assert '"polling.began"' in (house / f"{bot}.log").read_text()


class Versions:
    """A desk whose processes are all of one version, and in the next moment all of the other."""

    def __init__(self, desk: Desk, first: dict[str, str], second: dict[str, str]) -> None:
        self._desk = desk
        self._next = [first, second]
        self._running: list[asyncio.subprocess.Process | Forked] = []

    async def hand_over(self) -> None:
        """End bot and dispatcher, and start those of the other version."""
        assert set(await self.end()) <= {0}
        environment = {**self._desk.environment, **self._next[0]}
        for name in ("bot", "dispatcher"):
            self._running.append(await self._start(f"onduty_{name}", environment))
        for name in ("bot", "dispatcher"):
            await until(lambda name=name: self._desk.is_alive(name))  # type: ignore[misc]
        self._next.reverse()

    async def _start(
        self, module: str, environment: dict[str, str]
    ) -> asyncio.subprocess.Process | Forked:
        if self._next[0] is TODAYS:
            return Forked(f"{module}.__main__", environment, self._desk.log)
        with self._desk.log.open("ab") as log:
            program = (sys.executable, "-m", module)
            return await asyncio.create_subprocess_exec(*program, env=environment, stderr=log)

    @property
    def is_todays(self) -> bool:
        """Whether it is this tree's version that works now; the other knows no boards."""
        return self._next[1] is TODAYS

    async def end(self) -> list[int]:
        """End what runs; return the exit codes."""
        for process in self._running:
            process.terminate()
        codes = [await process.wait() for process in self._running]
        self._running.clear()
        return codes

    async def onduty(self, *arguments: str) -> str:
        """Run the command line of the version that works now; return what it printed."""
        environment = {**self._desk.environment, **self._next[1]}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onduty", *arguments),
            *("--redis", environment["ONDUTY_REDIS_URL"]),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
        assert process.returncode == 0
        return told.decode()


@pytest.fixture(params=["older", "todays"])
async def versions(
    request: pytest.FixtureRequest, older: dict[str, str], desk: Desk
) -> AsyncIterator[Versions]:
    """The version that is named works first."""
    desk.environment["ONDUTY_EVENTS_JOB"] = "shop.on_event"
    order = (older, TODAYS) if request.param == "older" else (TODAYS, older)
    versions = Versions(desk, *order)
    yield versions
    await versions.end()


async def test_what_one_version_began_the_other_finishes(
    versions: Versions, desk: Desk, redis_url: str, redis: Redis
) -> None:
    """From the login to the last event: each step is taken by the version that did not the last."""
    backend = SupportDesk(redis_url)
    anna = await desk.sandbox.add_user(101, "Anna")

    await versions.hand_over()
    await anna.send("/on")
    await anna.wait_for("Enter team secret phrase:")
    await asyncio.to_thread(backend.notify, message("Hello"))

    await versions.hand_over()
    await anna.send(PHRASE)
    await anna.wait_for("You've started receiving messages")
    boris = await desk.operator(102, "Boris", has_board=versions.is_todays)
    for phone in (anna, boris):
        await phone.wait_for("Hello")
    await desk.sandbox.fault("cut_before", "sendMessage", chat_id=102, times=2)
    await asyncio.to_thread(backend.notify, message("My parcel?", "c2"))
    await until(lambda: redis.zcard("onduty:failed"), equals=1)

    await versions.hand_over()
    given_up = json.loads(await versions.onduty("failed", "list", "--json"))
    await versions.onduty("failed", "retry", given_up["id"])
    await boris.wait_for("My parcel?")
    await tap(anna, "Hello", "claim", "It is yours")
    await asyncio.to_thread(backend.notify, message("Are you there?"))
    await anna.wait_for("Are you there?")
    await tap(boris, "Anna is answering", "open")
    await tap(boris, "Anna is answering", "take_over", "Take over?")

    await versions.hand_over()
    await tap(boris, "Anna is answering", "confirm", "It is yours")
    await anna.wait_for("Boris is answering")

    await versions.hand_over()
    await tap(boris, "Alice", "release", "Released")
    await tap(anna, "eturned from Boris", "claim", "It is yours")

    await versions.hand_over()
    await tap(anna, "Alice", "close", "Closed")
    await boris.wait_for(says_closed_or_is_gone)
    await asyncio.to_thread(backend.notify, message("Thanks!"))
    await anna.wait_for("ack again, last with you")

    await until(lambda: "closed" in dict(events(redis_url)).values())
    numbers, told = zip(*events(redis_url), strict=True)
    assert numbers == tuple(range(1, len(told) + 1))
    after_unattended = told[told.count("unattended") :]  # the older version does not know it
    assert after_unattended == ("claimed", "claimed", "released", "claimed", "closed")


def message(text: str, conversation: str = "c1") -> CustomerMessage:
    return CustomerMessage(
        text=text, conversation_id=conversation, customer_name="Alice", recipient="The Shop"
    )


async def tap(phone: Phone, card: str, verb: str, answer: str = "") -> None:
    """Tap a button as soon as it is on this card."""

    def has_it(shown: ChatMessage) -> bool:
        verbs = [button.callback_data for row in shown.buttons for button in row]
        return card in shown.text and verb in verbs and not shown.deleted

    shown = await phone.wait_for(has_it)
    told = await phone.tap(shown.message_id, verb)
    assert told.answered
    assert answer in told.text


def says_closed_or_is_gone(shown: ChatMessage) -> bool:
    """The older version's dispatcher says that a colleague closed it; today's removes the card."""
    return "☑️" in shown.text or (shown.deleted and "Anna is answering" in shown.text)


def events(redis_url: str) -> list[tuple[int, str]]:
    """Return what the backend's worker would find."""
    with BlockingRedis.from_url(redis_url) as connection:
        jobs = Queue("onduty-events", connection=connection, serializer="json").jobs
        found = [parse_event(job.args[0]) for job in jobs]
    return [(event.sequence, event.type.removeprefix("conversation.")) for event in found]
