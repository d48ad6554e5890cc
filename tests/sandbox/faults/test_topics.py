"""How Telegram fails with topics: lost, not found, deleted, switched off, in an outage."""

import asyncio

import pytest
from aiohttp import ClientConnectionError, ClientSession

from onduty_sandbox.client import Kind, Phone, Sandbox
from onduty_sandbox.server import running_sandbox
from sandbox.bot_caller import Ask


@pytest.fixture
async def topic(local: Sandbox, ask: Ask, anna: Phone) -> int:
    """A topic in Anna's chat."""
    await local.switch_topics()
    created = (await ask("createForumTopic", chat_id=anna.user_id, name="Alice")).result
    assert isinstance(created["message_thread_id"], int)
    return created["message_thread_id"]


async def test_a_lost_topic_lets_a_message_land_in_the_main_chat(
    local: Sandbox, ask: Ask, anna: Phone, topic: int
) -> None:
    """The answer is ok; only what is missing in it tells. A reply lands there too."""
    inside = (await ask("sendMessage", chat_id=7, text="in", message_thread_id=topic)).result
    await local.fault("topic_lost", times=2)
    # What cannot be lost does not use it up.
    await ask("sendMessage", chat_id=7, text="outside")
    await ask("sendChatAction", chat_id=7, action="typing", message_thread_id=topic)
    lost = await ask("sendMessage", chat_id=7, text="lost", message_thread_id=topic)
    assert lost.status == 200
    assert "message_thread_id" not in lost.result
    assert "is_topic_message" not in lost.result
    answer = await ask(
        "sendMessage",
        chat_id=7,
        text="lost too",
        message_thread_id=topic,
        reply_parameters={"message_id": inside["message_id"]},
    )
    assert "message_thread_id" not in answer.result
    found = await ask("sendMessage", chat_id=7, text="again", message_thread_id=topic)
    assert found.result["message_thread_id"] == topic
    shown = {it.text: it.topic for it in await anna.messages() if it.text}
    assert shown == {
        "/start": None,
        "in": topic,
        "outside": None,
        "lost": None,
        "lost too": None,
        "again": topic,
    }
    entry = (await local.log(method="sendMessage"))[-2]
    assert (entry.fault, entry.taken, entry.status) == ("topic_lost", True, 200)
    assert entry.parameters["message_thread_id"] == topic


async def test_a_topic_that_was_deleted_can_be_lost_too(
    local: Sandbox, ask: Ask, anna: Phone, topic: int
) -> None:
    """As it was on Telegram for a while; another topic is not."""
    await anna.delete_topic(topic)
    await local.fault("topic_lost", topic=topic, times=None)
    lost = await ask("sendMessage", chat_id=7, text="lost", message_thread_id=topic)
    assert lost.status == 200
    assert "message_thread_id" not in lost.result
    other = (await ask("createForumTopic", chat_id=7, name="Alice")).result["message_thread_id"]
    sent = await ask("sendMessage", chat_id=7, text="found", message_thread_id=other)
    assert sent.result["message_thread_id"] == other


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("thread_not_found", "message thread not found"),
        ("topic_deleted", "TOPIC_DELETED"),
        ("not_a_forum", "the chat is not a forum"),
    ],
)
async def test_a_topic_is_refused_and_the_main_chat_is_not(
    local: Sandbox, ask: Ask, anna: Phone, topic: int, kind: Kind, refusal: str
) -> None:
    """In Telegram's words, without a trace on the phone."""
    await local.fault(kind, "sendMessage")
    assert (await ask("sendMessage", chat_id=7, text="outside")).status == 200
    reply = await ask("sendMessage", chat_id=7, text="in", message_thread_id=topic)
    assert (reply.status, reply.error) == (400, f"Bad Request: {refusal}")
    sent = await ask("sendMessage", chat_id=7, text="in", message_thread_id=topic)
    assert sent.result["message_thread_id"] == topic
    assert [it.text for it in await anna.messages() if it.text] == ["/start", "outside", "in"]


async def test_an_outage_of_topics_alone(local: Sandbox, ask: Ask, anna: Phone, topic: int) -> None:
    """What names a topic or makes one fails; all else goes on, polls too."""
    polling = asyncio.create_task(ask("getUpdates", offset=-1, timeout=50))
    await local.outage("502", in_topics=True)
    for method, parameters in (
        ("sendMessage", {"text": "x", "message_thread_id": topic}),
        ("editForumTopic", {"name": "x", "message_thread_id": topic}),
        ("createForumTopic", {"name": "x"}),
    ):
        assert (await ask(method, chat_id=7, **parameters)).status == 502, method
    assert (await ask("sendMessage", chat_id=7, text="flat")).status == 200
    await anna.send("hello")
    assert (await polling).status == 200
    await local.clear_faults()
    sent = await ask("sendMessage", chat_id=7, text="back", message_thread_id=topic)
    assert sent.status == 200


async def test_connections_are_refused_for_topics_alone() -> None:
    """The door for bots stays open for all else."""
    token = "42:sandbox-token-for-tests-0123456789"
    async with running_sandbox(tokens=[token]) as sandbox:
        anna = await sandbox.add_user(7, "Anna")
        await anna.start()
        await sandbox.switch_topics()
        await sandbox.outage("refuse", in_topics=True)
        address = f"{sandbox.bots_url}/bot{token}"
        async with ClientSession() as bot:
            async with bot.post(f"{address}/sendMessage?chat_id=7&text=x") as reply:
                assert reply.status == 200
            with pytest.raises(ClientConnectionError):
                await bot.post(f"{address}/createForumTopic", json={"chat_id": 7, "name": "x"})
            async with bot.post(f"{address}/getMe") as reply:
                assert reply.status == 200


async def test_a_history_is_cleared_and_start_pressed(
    local: Sandbox, ask: Ask, anna: Phone, topic: int
) -> None:
    """The topic is not found from then on, and the bot has only the /start to tell by."""
    await ask("sendMessage", chat_id=7, text="in", message_thread_id=topic)
    await anna.clear_history()
    await anna.start()
    reply = await ask("sendMessage", chat_id=7, text="in", message_thread_id=topic)
    assert reply.error == "Bad Request: message thread not found"
    assert [it.text for it in await anna.messages() if not it.deleted] == ["/start"]
    assert await local.faults() == []
