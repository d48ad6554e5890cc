"""Pinned messages and the bubbles that say so."""

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object
from sandbox.bot_caller import Ask


async def pinned(phone: Phone) -> list[int]:
    """The ids of what is pinned, newest first."""
    return [message.message_id for message in await phone.pinned()]


async def updates_after_start(ask: Ask) -> list[Json]:
    """What the bot was told since Anna's start."""
    return [as_object(update["message"]) for update in (await ask("getUpdates")).results]


async def test_a_pin_is_shown_and_a_silent_bubble_says_so(ask: Ask, anna: Phone) -> None:
    """The bot gets that bubble as an update of its own doing."""
    board = (await ask("sendMessage", chat_id=7, text="the board")).result["message_id"]
    reply = await ask("pinChatMessage", chat_id=7, message_id=board)
    assert reply.body["result"] is True
    bubble = (await anna.messages())[-1]
    assert (bubble.pins, bubble.text, bubble.silent) == (board, "", True)
    assert await pinned(anna) == [board]
    (told,) = await updates_after_start(ask)
    assert as_object(told["from"])["id"] == 42
    assert told["message_id"] == bubble.message_id
    assert as_object(told["pinned_message"])["message_id"] == board


async def test_a_pin_asked_twice_has_one_bubble(ask: Ask, anna: Phone) -> None:
    """And so has one that was unpinned twice."""
    board = (await ask("sendMessage", chat_id=7, text="the board")).result["message_id"]
    for _ in range(2):
        assert (await ask("pinChatMessage", chat_id=7, message_id=board)).status == 200
    assert len(await anna.messages()) == 3
    for _ in range(2):
        assert (await ask("unpinChatMessage", chat_id=7, message_id=board)).status == 200
    assert await pinned(anna) == []


async def test_the_bubble_can_be_deleted_and_the_pin_stays(ask: Ask, anna: Phone) -> None:
    """Service messages are deleted like any others."""
    board = (await ask("sendMessage", chat_id=7, text="the board")).result["message_id"]
    await ask("pinChatMessage", chat_id=7, message_id=board)
    bubble = (await anna.messages())[-1].message_id
    assert (await ask("deleteMessage", chat_id=7, message_id=bubble)).status == 200
    assert await pinned(anna) == [board]


async def test_a_deleted_message_is_no_longer_pinned(ask: Ask, anna: Phone) -> None:
    """Whoever deleted it."""
    first, second = [
        (await ask("sendMessage", chat_id=7, text="a board")).result["message_id"] for _ in "ab"
    ]
    await ask("pinChatMessage", chat_id=7, message_id=first)
    await ask("pinChatMessage", chat_id=7, message_id=second)
    await ask("deleteMessage", chat_id=7, message_id=second)
    assert isinstance(first, int)
    assert await pinned(anna) == [first]
    await anna.delete(first)
    assert await pinned(anna) == []


async def test_unpinning_takes_the_named_the_newest_or_all(ask: Ask, anna: Phone) -> None:
    """The newest by the time it was written, whatever was pinned last."""
    ids = [
        int(str((await ask("sendMessage", chat_id=7, text="x")).result["message_id"]))
        for _ in range(4)
    ]
    for message_id in reversed(ids):
        await ask("pinChatMessage", chat_id=7, message_id=message_id)
    await ask("unpinChatMessage", chat_id=7)
    assert await pinned(anna) == ids[2::-1]
    await ask("unpinChatMessage", chat_id=7, message_id=ids[0])
    assert await pinned(anna) == [ids[2], ids[1]]
    await ask("unpinAllChatMessages", chat_id=7)
    assert await pinned(anna) == []


@pytest.mark.parametrize(
    ("method", "parameters", "error"),
    [
        ("pinChatMessage", {"message_id": 99}, "message to pin not found"),
        ("pinChatMessage", {}, "message to pin not found"),
        ("pinChatMessage", {"message_id": 3}, "can't pin a service message"),
        ("unpinChatMessage", {"message_id": 99}, "message to unpin not found"),
        ("pinChatMessage", {"chat_id": 99, "message_id": 1}, "chat not found"),
    ],
)
async def test_what_cannot_be_pinned_is_refused(
    ask: Ask, anna: Phone, method: str, parameters: dict[str, JsonValue], error: str
) -> None:
    """Each with its reason."""
    await ask("sendMessage", chat_id=anna.chat_id, text="the board")
    await ask("pinChatMessage", chat_id=7, message_id=2)
    reply = await ask(method, **{"chat_id": 7, **parameters})
    assert (reply.status, reply.error) == (400, f"Bad Request: {error}")


async def test_nothing_pinned_cannot_be_unpinned(ask: Ask, anna: Phone) -> None:
    """Unless it is named, or all are meant."""
    reply = await ask("unpinChatMessage", chat_id=anna.chat_id)
    assert (reply.status, reply.error) == (400, "Bad Request: message to unpin not found")
    assert (await ask("unpinAllChatMessages", chat_id=7)).status == 200


async def test_the_owner_of_the_phone_pins_and_unpins(ask: Ask, anna: Phone) -> None:
    """The bot gets the bubble of a pin, and nothing of its end."""
    card = (await ask("sendMessage", chat_id=7, text="a card")).result["message_id"]
    assert isinstance(card, int)
    await anna.pin(card)
    await anna.unpin(card)
    assert await pinned(anna) == []
    (told,) = await updates_after_start(ask)
    assert as_object(told["from"])["id"] == 7
    assert as_object(told["pinned_message"])["text"] == "a card"


async def test_a_pin_counts_as_its_bubble(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """One a second in a private chat, with what else is sent there."""
    board = (await ask("sendMessage", chat_id=anna.chat_id, text="x")).result["message_id"]
    await local.limits(enabled=True)
    assert (await ask("sendMessage", chat_id=7, text="y")).status == 200
    assert (await ask("pinChatMessage", chat_id=7, message_id=board)).status == 429
    assert (await ask("unpinChatMessage", chat_id=7, message_id=board)).status == 200


async def test_the_page_is_told_of_pins_beyond_its_messages(
    local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """The bar shows what is pinned however long ago it was written."""
    await ask("pinChatMessage", chat_id=anna.chat_id, message_id=1)
    await ask("sendMessage", chat_id=7, text="newer")
    whole = as_object(await local.ask("GET", "everything?messages=1"))
    (chat,) = [as_object(it) for it in as_list(whole["chats"])]
    shown = [as_object(message)["message_id"] for message in as_list(chat["messages"])]
    assert shown == [1, 3]
