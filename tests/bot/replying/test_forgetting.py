"""What a customer wrote, and what was answered, is looked for in Redis' files and on phones."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.customers import ask, claim
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty.cli import main
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

ALICE = "of Alice"
TRACES = (b"Alice", b"alice", b"parrot", b"471199887755", b"an answer of hers", b"m-secret")


async def from_bot(phone: Phone) -> list[str]:
    """Return what the bot shows there, and has not removed, that names the customer."""
    shown = [one for one in await phone.messages() if one.from_bot and not one.deleted]
    return [one.text for one in shown if any(trace.decode() in one.text for trace in TRACES)]


async def rewritten(redis: Redis, redis_url: str) -> bytes:
    """Return all that the server's append-only files hold, as commands, when they are rewritten."""
    await redis.config_set("aof-use-rdb-preamble", "no")
    await redis.bgrewriteaof()

    async def is_done() -> bool:
        found = await redis.info("persistence")
        return not found["aof_rewrite_in_progress"] and not found["aof_rewrite_scheduled"]

    await until(is_done)
    folder = Path(redis_url.removeprefix("unix://")).parent / "appendonlydir"
    (manifest,) = folder.glob("*.manifest")
    names = [line.split()[1] for line in manifest.read_text().splitlines()]
    return b"".join((folder / name).read_bytes() for name in names)


async def test_nothing_that_the_customer_wrote_is_left(
    anna: Phone,
    bob: Phone,
    at: At,
    delivered: ChatBackend,
    redis: Redis,
    redis_url: str,
) -> None:
    """Nor what was answered: cards, lists, pages, events, the failed list, the index of names."""
    delivered.answers = lambda event: 422 if event.type == "reply.edited" else 200
    one, two = await at(anna), await at(bob)
    one.write("Alice", text="I am Alice, and my parrot is 471199887755", id="m-secret")
    one.write("Bilal")
    await one.card("Alice")
    await ask(bob, "/queue")
    listed = await bob.wait_for("2 customers wait")
    await claim(anna, "Alice")
    sent = await one.reply("Alice", "an answer of hers")
    await one.shows(sent, "👍")
    one.write("Alice", text="My parrot says 471199887755", id="m-secret-2")
    await anna.wait_for("My parrot says 471199887755")
    await anna.edit(sent, "an answer of hers, edited")
    await one.shows(sent, "😢")
    opened = await bob.wait_for(lambda m: "👀 Open" in m.button_texts)
    await bob.tap(opened.message_id, "👀 Open")
    await bob.wait_for("an answer of hers, edited")
    await ask(bob, "/find ali")
    desk = SupportDesk(redis_url)
    desk.edit("m-secret-2", "My parrot said 471199887755")
    await anna.wait_for("My parrot said 471199887755")
    assert len(await from_bot(anna)) > 1
    assert len(await from_bot(bob)) > 1
    before = await rewritten(redis, redis_url)
    assert all(trace in before for trace in TRACES)

    desk.forget(ALICE)
    await until(lambda: from_bot(anna), equals=[])
    await until(lambda: from_bot(bob), equals=[])
    left = await rewritten(redis, redis_url)
    assert [trace for trace in TRACES if trace in left] == []
    assert b"Bilal" in left
    assert listed.message_id not in [m.message_id for m in await seen(bob)]
    assert any(m.message_id == sent for m in await seen(anna))  # her own message stays
    assert [event.type for event in delivered.received][-1] != "conversation.closed"
    assert two.cards == {}


async def seen(phone: Phone) -> list[ChatMessage]:
    return [message for message in await phone.messages() if not message.deleted]


async def test_a_shell_says_what_is_left(
    anna: Phone,
    at: At,
    delivered: ChatBackend,
    redis_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The operators' own messages, by phone; then nothing is known any more."""
    one = await at(anna)
    one.write("Alice")
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "👍")
    forget = ["forget", ALICE, "--redis", redis_url]
    assert await asyncio.to_thread(main, forget) == 0
    forgotten, left = capsys.readouterr().out.splitlines()[-2:]
    assert forgotten.startswith("forgotten: 1 messages of the customer; what is on phones")
    assert left == f"left on the phone of Anna (101), who wrote them: messages {sent}"
    assert await asyncio.to_thread(main, ["forget", "x" * 129, "--redis", redis_url]) == 1
    assert "conversation_id" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["forget", "c9", "--redis", redis_url]) == 0
    assert "nothing was known of this conversation" in capsys.readouterr().out
    assert delivered.received
