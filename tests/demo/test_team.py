"""The small team of the page: real phones, a real desk, and nobody who taps but they."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.customers import dispatching
from demo.asking import SECRET
from onduty import AsyncSupportDesk, CustomerMessage
from onduty_bot.service import serve
from onduty_demo.shop.scene import TEAM
from onduty_demo.shop.team import Team
from onduty_demo.shop.team_member import Habits
from onduty_demo.shop.web_chat import WebChat, reach
from onduty_desk.model.keys import ConversationId, conversation_key, waiting_key
from onduty_desk.model.roster_keys import ON_DUTY, PAUSED, duty_key
from onduty_desk.process.cancellation import cancel
from onduty_desk.settings import BotSettings
from onduty_sandbox.client import Sandbox
from running_webchat import running_webchat
from waiting import until

PHRASES = {"support": "open sesame", "sales": "a good deal"}
MARTA, NICO, PRIYA, THEO = TEAM


@pytest.fixture
async def web_chat(
    redis: Redis, redis_url: str, sandbox: Sandbox, token: str, tmp_path: Path
) -> AsyncIterator[WebChat]:
    """The customers' web chat beside a desk of two groups."""
    settings = BotSettings.model_validate(
        {
            "bot_token": token,
            "team_secret": PHRASES["support"],
            "groups": {"sales": PHRASES["sales"]},
            "redis_url": redis_url,
            "telegram_api_url": sandbox.base_url,
            "sends_per_second": 1_000,
            "sends_per_chat_per_second": 1_000,
            "buttons_rest": 0,
        }
    )
    bot = asyncio.create_task(serve(settings))
    async with (
        running_webchat(redis_url, tmp_path, ONDUTY_EVENTS_SECRET=SECRET) as running,
        reach(running.url) as web_chat,
        dispatching(redis, sandbox, token),
    ):
        yield web_chat
    await cancel(bot, again_after_s=15.0)


@dataclass
class House:
    """A team whose members are quick; who shall do what is said by each test."""

    redis: Redis
    sandbox: Sandbox
    web_chat: WebChat
    team: Team | None = None

    def begin(self, *habits: Habits) -> Team:
        self.team = Team(self.redis, self.sandbox, self.web_chat, PHRASES, habits)
        return self.team

    async def write(self, name: str, group: str = "support") -> str:
        message = CustomerMessage(
            text=f"I am {name}", customer_name=name, recipient="The Shop", group=group
        )
        await self.web_chat.push(message)
        return message.conversation_id

    async def answered(self, conversation: str) -> int:
        return len(await self.web_chat.answers(conversation))

    async def state(self, conversation: str) -> str:
        key = conversation_key(ConversationId(conversation))
        return str(await self.redis.hget(key, "state") or "waiting")

    async def on_duty(self) -> set[int]:
        return {int(str(it)) for it in await self.redis.zrange(ON_DUTY, 0, -1)}

    async def saw(self, member: int, text: str) -> None:
        """Wait until a phone has shown it; what is over is removed from phones."""
        await until(lambda: self._has_shown(member, text))

    async def _has_shown(self, member: int, text: str) -> bool:
        return any(text in it.text for it in await self.sandbox.phone(member).messages())


@pytest.fixture
async def house(redis: Redis, sandbox: Sandbox, web_chat: WebChat) -> AsyncIterator[House]:
    house = House(redis, sandbox, web_chat)
    yield house
    if house.team is not None:
        await house.team.end()


def quick(*groups: str, takes_after_s: float = 0.0, **others: float) -> Habits:
    timing = {"answers_after_s": 0.0, "closes_after_s": 0.0, "looks_each_s": 0.05, **others}
    return Habits(groups or ("support",), takes_after_s=takes_after_s, **timing)  # type: ignore[arg-type]  # some are whole numbers


NEVER: Callable[..., Habits] = lambda *groups: quick(*groups, takes_after_s=600)  # noqa: E731 - its name says what it is for


async def test_they_serve_pass_on_pause_and_go(house: House, redis: Redis) -> None:
    """One customer is passed to a colleague, who answers, closes, pauses and is back again."""
    team = house.begin(
        quick(takes_after_s=600, pauses_each=1, pauses_for_s=0.5),
        quick(passes_on_each=1),
        NEVER("sales"),
        NEVER("support", "sales"),
    )
    assert team.state() == {"on": False, "phase": ""}
    await team.switch(on=True)
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    await until(lambda: redis.zrange(duty_key("sales"), 0, -1), equals=["193", "194"])
    await until(lambda: redis.zcard(duty_key("support")), equals=3)
    carol = await house.write("Carol")
    await house.saw(MARTA, "Nico asks you to take this over\n“You know more about this”")
    marta = house.sandbox.phone(MARTA)
    card = await marta.wait_for(lambda it: "🙋 Accept" in it.button_texts)
    await marta.tap(card.message_id, "🙋 Accept")
    await until(lambda: house.state(carol), equals="closed")
    assert await house.answered(carol) == 1
    await house.saw(MARTA, "You are paused")
    await house.saw(MARTA, "You are back")
    assert team.state()["on"]
    await team.switch(on=False)
    assert not team.state()["on"]
    await until(house.on_duty, equals=set())
    await until(team.state, equals={"on": False, "phase": ""})


async def test_a_colleague_accepts_by_themselves(house: House) -> None:
    """What another has passed on is taken as what waits is."""
    team = house.begin(quick("sales"), quick(passes_on_each=1), NEVER("sales"), quick("support"))
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="closed")
    assert await house.answered(carol) == 1


async def test_without_a_colleague_it_goes_to_the_other_group(house: House) -> None:
    """Those of that group take it from there."""
    team = house.begin(quick("sales"), quick(passes_on_each=1), NEVER("sales"), NEVER("sales"))
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await house.saw(MARTA, "passed on by Nico")
    await until(lambda: house.state(carol), equals="closed")
    assert await house.answered(carol) == 1


async def test_what_has_no_link_of_the_web_chat_is_not_theirs(
    house: House, redis: Redis, redis_url: str
) -> None:
    """They answer nowhere else; what is theirs they take meanwhile."""
    team = house.begin(*(quick() for _ in TEAM))
    await team.switch(on=True)
    async with AsyncSupportDesk(redis_url) as desk:
        elsewhere = CustomerMessage(
            text="Hello?",
            customer_name="Dora",
            recipient="The Shop",
            reply_url="https://other.example/o/abc",
        )
        await desk.notify(elsewhere)
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="closed")
    assert await redis.zrange(waiting_key("support"), 0, -1) == [elsewhere.conversation_id]


async def test_switched_off_they_finish_what_they_have(house: House) -> None:
    """Who has one answers and closes it first; nobody takes another."""
    slow = quick(answers_after_s=1.5)
    team = house.begin(slow, slow, slow, slow)
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="claimed")
    await team.switch(on=False)
    dora = await house.write("Dora")
    await until(house.on_duty, equals=set())
    assert await house.state(carol) == "closed"
    assert await house.answered(carol) == 1
    assert await house.answered(dora) == 0
    assert await house.state(dora) == "waiting"


async def test_what_cannot_be_finished_waits_for_others(house: House) -> None:
    """After a while they go all the same."""
    slow = quick(answers_after_s=600, goes_within_s=0.2)
    team = house.begin(slow, slow, slow, slow)
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="claimed")
    await team.switch(on=False)
    await until(house.on_duty, equals=set())
    await until(lambda: house.state(carol), equals="waiting")


async def has_met_it(sandbox: Sandbox) -> bool:
    return any(request.status == 502 for request in await sandbox.log())


async def test_they_work_on_after_trouble(house: House, sandbox: Sandbox) -> None:
    """Telegram is away for a moment, and nobody has to be switched on again."""
    team = house.begin(*(quick() for _ in TEAM))
    await sandbox.outage("502")
    await team.switch(on=True)
    await until(lambda: has_met_it(sandbox))
    await sandbox.clear_faults()
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="closed")


async def test_they_can_be_called_back_on_their_way_home(house: House) -> None:
    """Who is on duty still has not to sign in again."""
    slow = quick(answers_after_s=600)
    team = house.begin(slow, slow, slow, slow)
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    carol = await house.write("Carol")
    await until(lambda: house.state(carol), equals="claimed")
    await team.switch(on=False)
    await until(lambda: _count(house.on_duty), equals=1)
    await team.switch(on=True)
    assert team.state()["on"]
    await until(house.on_duty, equals=set(TEAM))
    assert await house.state(carol) == "claimed"


async def _count(found: Callable[[], object]) -> int:
    return len(await found())  # type: ignore[misc]


async def test_a_pause_that_somebody_ended_by_hand_is_no_new_one(
    house: House, redis: Redis
) -> None:
    """/pause once more would pause them for good."""
    team = house.begin(
        quick(pauses_each=2, pauses_for_s=1.5), NEVER("sales"), NEVER("sales"), NEVER("sales")
    )
    await team.switch(on=True)
    await until(house.on_duty, equals=set(TEAM))
    await house.write("Carol")
    await house.saw(MARTA, "You are paused")
    await house.sandbox.phone(MARTA).send("/pause")
    await house.saw(MARTA, "You are back")
    dora = await house.write("Dora")
    await until(lambda: house.state(dora), equals="closed")
    assert await redis.zcard(PAUSED) == 0
