"""A sandbox that keeps its state in a file goes on where it was, whenever it was killed."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession, web

from onduty_sandbox.client import Sandbox
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_object
from waiting import until

TOKEN = "42:sandbox-token-for-tests-0123456789"
MARKUP: Json = {"inline_keyboard": [[{"text": "Answer", "callback_data": "claim"}]]}


async def call(sandbox: Sandbox, method: str, **parameters: JsonValue) -> JsonValue:
    url = f"{sandbox.base_url}/bot{TOKEN}/{method}"
    async with ClientSession() as session, session.post(url, json=parameters) as answer:
        body: Json = await answer.json()
        assert body["ok"], body
        return body["result"]


@asynccontextmanager
async def kept(state: Path) -> AsyncIterator[Sandbox]:
    """A sandbox as it comes up again after a kill: from a copy of the file as it is."""
    copy = state.with_name("copy.db")
    for path in state.parent.glob(f"{state.name}*"):
        shutil.copy(path, f"{copy}{path.name.removeprefix(state.name)}")
    async with running_sandbox(tokens=[TOKEN], state=copy) as sandbox:
        yield sandbox


async def everything(sandbox: Sandbox) -> Json:
    """All but the log of calls, which is not kept."""
    whole = as_object(await sandbox.ask("GET", "everything"))
    return {name: value for name, value in whole.items() if not name.startswith("calls")}


async def test_people_chats_and_trouble_are_as_they_were(tmp_path: Path) -> None:
    """Every kind of change, read back from the file of a sandbox that never ended."""
    state = tmp_path / "state.db"
    async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
        anna = await sandbox.add_user(7, "Anna", "anna", last_name="Smith")
        boris = await sandbox.add_user(8, "Boris")
        await anna.start()
        await boris.start()
        first = await call(
            sandbox, "sendMessage", chat_id=7, text="a <b>card</b>", parse_mode="HTML"
        )
        card = as_object(first)["message_id"]
        assert isinstance(card, int)
        await call(
            sandbox, "editMessageText", chat_id=7, message_id=card, text="new", reply_markup=MARKUP
        )
        await call(sandbox, "sendMessage", chat_id=7, text="gone", disable_notification=True)
        await call(sandbox, "deleteMessage", chat_id=7, message_id=card + 1)
        await anna.send("an answer", reply_to=card)
        await anna.react(card, "👍")
        await anna.send_file("document", b"%PDF", "invoice.pdf", mime_type="application/pdf")
        await call(sandbox, "pinChatMessage", chat_id=7, message_id=card)
        await sandbox.ask("POST", "users/7/read")
        await boris.block()
        await sandbox.change_user(7, language_code="ru")
        group = await sandbox.add_group("Team", [7, 8])
        await sandbox.upgrade_group(group)
        await call(sandbox, "setMyCommands", commands=[{"command": "on", "description": "x"}])
        await call(sandbox, "getUpdates", limit=1, allowed_updates=["message", "message_reaction"])
        await sandbox.switch_topics(users_create=True)
        opened = as_object(await call(sandbox, "createForumTopic", chat_id=7, name="Alice"))
        topic = opened["message_thread_id"]
        assert isinstance(topic, int)
        await anna.send("in a topic", topic=topic)
        await anna.read(topic)
        await sandbox.fault("429", "sendMessage", times=3)
        await sandbox.fault("500", "sendPhoto")
        await sandbox.latency(0.01)
        await sandbox.limits(private_burst=2)
        before = await everything(sandbox)
        pending = await call(sandbox, "getUpdates")
        async with kept(state) as again:
            assert await everything(again) == before
            assert await call(again, "getUpdates") == pending
            await again.clear_faults()
            assert [message.message_id for message in await again.phone(7).pinned()] == [card]
            assert await again.phone(7).topics() == await anna.topics()
            (document,) = [it.document for it in await again.phone(7).messages() if it.document]
            assert await call(again, "getFile", file_id=document["file_id"])
            ids = [message.message_id for message in await again.phone(7).messages()]
            await again.phone(7).send("more", topic=topic)
            more = (await again.phone(7).messages())[-1].message_id
            assert more == max(ids) + 1


async def test_confirmed_updates_are_gone_and_numbers_go_on(tmp_path: Path) -> None:
    """A bot gets nothing twice because the sandbox was started again."""
    state = tmp_path / "state.db"
    async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
        anna = await sandbox.add_user(7, "Anna")
        await anna.start()
        updates = await call(sandbox, "getUpdates")
        assert isinstance(updates, list)
        last = int(str(as_object(updates[-1])["update_id"]))
        await call(sandbox, "getUpdates", offset=last + 1)
        async with kept(state) as again:
            await again.phone(7).send("new")
            news = await call(again, "getUpdates")
            assert isinstance(news, list)
            assert [as_object(it)["message"] is not None for it in news] == [True]
            assert int(str(as_object(news[0])["update_id"])) > last


async def test_a_reset_is_kept_too(tmp_path: Path) -> None:
    """Nobody comes back, and what bots set up stays."""
    state = tmp_path / "state.db"
    async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
        anna = await sandbox.add_user(7, "Anna")
        await anna.start()
        await call(sandbox, "setMyCommands", commands=[{"command": "on", "description": "x"}])
        await sandbox.reset()
        async with kept(state) as again:
            assert await again.ask("GET", "users") == []
            assert await call(again, "getUpdates") == []
            assert await call(again, "getMyCommands") != []
            back = await again.add_user(7, "Anna")
            assert await back.start() == 2


async def test_a_webhook_goes_on(tmp_path: Path) -> None:
    """The bot's server gets what happens after the start, without setting it again."""
    got: list[Json] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    state = tmp_path / "state.db"
    try:
        async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
            anna = await sandbox.add_user(7, "Anna")
            port = runner.addresses[0][1]
            await call(sandbox, "setWebhook", url=f"http://127.0.0.1:{port}/")
            assert anna.user_id == 7
        async with kept(state) as again:
            await again.phone(7).start()
            await until(lambda: len(got), equals=1)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("trouble", ["text", "newer", "used", "folder"])
async def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, trouble: str
) -> None:
    """With what to do about it."""
    state = tmp_path / "state.db"
    holder = sqlite3.connect(state)
    match trouble:
        case "text":
            state.write_text("no database at all, but long enough to look at " * 9)
        case "newer":
            holder.execute("PRAGMA user_version = 99")
        case "used":
            holder.execute("PRAGMA locking_mode = EXCLUSIVE")
            holder.execute("BEGIN EXCLUSIVE")
        case _:
            state = tmp_path / "missing" / "state.db"
    command = (sys.executable, "-m", "onduty_sandbox", "--port", "0", "--state", str(state))
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    holder.close()
    assert process.returncode == 1
    assert errors.decode().count("\n") == 1
    assert f"cannot keep the state in {state}" in errors.decode()
    assert "remove it to start afresh" in errors.decode()


async def test_an_outage_goes_on(tmp_path: Path) -> None:
    """Nothing listens for bots when the sandbox comes up again, until the outage is cleared."""
    state = tmp_path / "state.db"
    async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
        await sandbox.outage("refuse", 600)
        async with kept(state) as again, ClientSession() as session:
            url = f"{again.bots_url}/bot{TOKEN}/getMe"
            with pytest.raises(ClientConnectionError):
                await session.get(url)
            await again.clear_faults()
            async with session.get(url) as answer:
                assert answer.status == 200


async def test_a_file_of_a_sandbox_without_pins_is_read(tmp_path: Path) -> None:
    """Then nothing is pinned."""
    state = tmp_path / "state.db"
    async with running_sandbox(tokens=[TOKEN], state=state) as sandbox:
        await (await sandbox.add_user(7, "Anna")).start()
    with sqlite3.connect(state) as file:
        file.execute("UPDATE row SET value = json_remove(value, '$.pinned') WHERE kind = 'message'")
    file.close()
    async with running_sandbox(tokens=[TOKEN], state=state) as again:
        assert [message.pinned for message in await again.phone(7).messages()] == [False]
