"""ONDUTY_SEND_AFTER in a topic: what is said of an answer stands in its topic."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, dispatching, writing
from bot.phones import Running
from bot.replying.arrived import replies
from bot.replying.conftest import Show
from bot.topics.conftest import RULES, Hire
from chat_backend import ChatBackend
from desk_at_work.delays import sending_delayed
from desk_at_work.fixtures import MoveClock
from onduty_desk.topics.topics import Topics
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

AFTER = 60
OVER = timedelta(seconds=AFTER + 1)
GOES = f"Goes to Alice in {AFTER} s"


@pytest.fixture
async def shop(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    running: Running,
    wanted: None,  # noqa: ARG001 - it is
    showing: Show,
    topics: Topics,  # noqa: ARG001 - they are on
) -> AsyncIterator[Customers]:
    """A desk with topics that sends answers after a minute."""
    dispatcher = dispatching(redis, sandbox, token, RULES)
    async with running(send_after=AFTER), dispatcher, showing(), sending_delayed(redis):
        yield writing(redis_url)


async def left(phone: Phone) -> list[str]:
    return [one.text for one in await phone.messages() if GOES in one.text and not one.deleted]


async def test_it_stands_in_the_topic_and_names_the_answer(
    anna: Phone, at: Hire, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """Not all apps show there to what it replies; it vanishes as anywhere."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    sent = await anna.send("Hello Alice", topic=topic.id)
    told = await one.inside(topic.id, GOES)
    assert told.text == f"“Hello Alice”\n\n{GOES}"
    assert (told.button_texts, told.reply_to, told.silent) == (["Undo"], sent, True)
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello Alice")]
    await until(lambda: left(anna), equals=[])


async def test_it_quotes_the_newest_words_of_an_answer_that_is_edited(
    anna: Phone, at: Hire, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """What was said before goes; so does the new one, with the answer."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    sent = await anna.send("Helo Alice", topic=topic.id)
    await one.inside(topic.id, f"“Helo Alice”\n\n{GOES}")
    await anna.edit(sent, "Hello Alice")
    told = await one.inside(topic.id, "“Hello Alice”\n\nGoes to Alice in ")
    assert (told.button_texts, told.reply_to, told.silent) == (["Undo"], sent, True)

    async def quoted() -> list[str]:
        said = [one for one in await anna.messages() if "Goes to Alice in" in one.text]
        return [one.text.partition("\n")[0] for one in said if not one.deleted]

    await until(quoted, equals=["“Hello Alice”"])
    await move_clock(OVER)
    await one.shows(sent, "👍")
    assert replies(delivered) == [("of Alice", "Hello Alice")]
    await until(quoted, equals=[])


async def test_undo_there_takes_the_newest_back(
    anna: Phone, at: Hire, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """As a plain command, which replies to nothing."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    first = await anna.send("One", topic=topic.id)
    await one.inside(topic.id, f"“One”\n\n{GOES}")
    await anna.send("Two", topic=topic.id)
    await one.inside(topic.id, f"“Two”\n\n{GOES}")
    await anna.send("/undo", topic=topic.id)
    await one.inside(topic.id, "It was not sent, and will not be.")
    await until(lambda: left(anna), equals=[f"“One”\n\n{GOES}"])
    await move_clock(OVER)
    await one.shows(first, "👍")
    assert replies(delivered) == [("of Alice", "One")]
