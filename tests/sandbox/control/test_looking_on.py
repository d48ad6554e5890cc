"""What a page asks for first, and what it is told from then on."""

import asyncio
import json

from aiohttp import ClientSession

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, as_list, as_object
from sandbox.bot_caller import Ask
from waiting import GENEROUS_S


async def test_everything_is_one_moment(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """Without deleted messages, at most as many as asked for, and what is read."""
    for text in ("one", "two", "three"):
        await ask("sendMessage", chat_id=7, text=text)
    await ask("deleteMessage", chat_id=7, message_id=3)
    whole = as_object(await local.ask("GET", "everything?messages=2"))
    chats = whole["chats"]
    assert isinstance(chats, list)
    messages = as_object(chats[0])["messages"]
    assert isinstance(messages, list)
    assert [as_object(message)["text"] for message in messages] == ["one", "three"]
    assert as_object(chats[0])["read_up_to"] == 0
    await local.ask("POST", f"users/{anna.user_id}/read")
    later = as_object(await local.ask("GET", "everything"))
    chats = later["chats"]
    assert isinstance(chats, list)
    assert as_object(chats[0])["read_up_to"] == 4
    assert int(str(later["sequence"])) == int(str(whole["sequence"])) + 1


async def test_calls_are_told_to_who_asks(
    local: Sandbox, ask: Ask, http: ClientSession, anna: Phone
) -> None:
    """With their outcome; a fault that was met is one less."""
    await local.fault("429", times=2)
    async with http.get(f"{local.base_url}/control/events", params={"calls": "0"}) as stream:
        await ask("sendMessage", chat_id=anna.chat_id, text="one")
        told: dict[str, Json] = {}
        kind = ""
        async with asyncio.timeout(GENEROUS_S):
            while "calls" not in told:
                line = (await stream.content.readline()).decode().strip()
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                if line.startswith("data: "):
                    told[kind] = json.loads(line.removeprefix("data: "))
    (call,) = as_list(told["calls"]["calls"])
    shown = as_object(call)
    assert (shown["method"], shown["chat_id"], shown["status"]) == ("sendMessage", 7, 429)
    whole = as_object(await local.ask("GET", "everything"))
    assert (whole["calls_count"], whole["calls"]) == (1, [call])
    (fault,) = as_list(told["faults"]["faults"])
    assert as_object(fault)["times"] == 1
