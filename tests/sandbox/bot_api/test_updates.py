"""Updates: kept until confirmed, handed out by long poll."""

import asyncio

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, as_list, as_object
from sandbox.bot_caller import Ask, HandClock


def texts(updates: list[Json]) -> list[object]:
    """The texts of message updates."""
    return [as_object(update["message"])["text"] for update in updates]


def update_id(update: Json) -> int:
    """The number of an update."""
    number = update["update_id"]
    assert isinstance(number, int)
    return number


async def test_an_update_comes_until_it_is_confirmed(ask: Ask, anna: Phone) -> None:
    """The offset confirms all before it; the limit says how many come."""
    for text in ("one", "two", "three"):
        await anna.send(text)
    first = (await ask("getUpdates")).results
    assert texts(first) == ["one", "two", "three"]
    assert texts((await ask("getUpdates", limit=2)).results) == ["one", "two"]
    rest = await ask("getUpdates", offset=update_id(first[1]))
    assert texts(rest.results) == ["two", "three"]
    assert (await ask("getUpdates", offset=update_id(first[2]) + 1)).results == []


async def test_a_negative_offset_forgets_all_but_the_last(ask: Ask, anna: Phone) -> None:
    """-1 keeps the newest update only."""
    for text in ("one", "two", "three"):
        await anna.send(text)
    assert texts((await ask("getUpdates", offset=-1)).results) == ["three"]
    assert texts((await ask("getUpdates")).results) == ["three"]


async def test_a_long_poll_ends_when_something_comes(ask: Ask, anna: Phone) -> None:
    """A waiting bot hears at once."""
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await anna.send("one")
    assert texts((await polling).results) == ["one"]


async def test_the_older_of_two_polls_ends_with_a_conflict(
    local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """The newer poll goes on."""
    last = (await local.log())[-1].sequence
    older = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates", after=last)
    newer = asyncio.create_task(ask("getUpdates", timeout=50))
    reply = await older
    assert (reply.status, reply.error) == (
        409,
        (
            "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        ),
    )
    await anna.send("one")
    assert texts((await newer).results) == ["one"]


async def test_updates_are_kept_for_a_day_and_taps_for_150_s(
    ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """A bot that was away longer never hears of them."""
    markup: Json = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    sent = await ask("sendMessage", chat_id=7, text="card", reply_markup=markup)
    message_id = sent.result["message_id"]
    assert isinstance(message_id, int)
    await anna.send("one")
    await anna.tap(message_id, "x", timeout_s=0)
    assert len((await ask("getUpdates")).results) == 2
    hand_clock.now += 150
    assert texts((await ask("getUpdates")).results) == ["one"]
    hand_clock.now += 24 * 3600
    assert (await ask("getUpdates")).results == []


async def test_the_wanted_kinds_are_remembered(ask: Ask, anna: Phone) -> None:
    """allowed_updates holds until it is given again; an empty list means the default."""
    await ask("getUpdates", allowed_updates=["message_reaction"])
    await anna.send("not wanted")
    await anna.react(1, "👍")
    await ask("getUpdates")
    await anna.react(1, None)
    updates = (await ask("getUpdates")).results
    reactions = [as_object(update["message_reaction"])["new_reaction"] for update in updates]
    assert reactions == [[{"type": "emoji", "emoji": "👍"}], []]
    info = (await ask("getWebhookInfo")).result
    assert info["allowed_updates"] == ["message_reaction"]
    await ask("getUpdates", offset=update_id(updates[-1]) + 1, allowed_updates=[])
    await anna.react(1, "👍")
    await anna.send("wanted")
    assert texts((await ask("getUpdates")).results) == ["wanted"]


async def test_blocking_and_unblocking_are_updates(ask: Ask, anna: Phone) -> None:
    """my_chat_member says what became of the bot in a private chat; asked twice it comes once."""
    await anna.block()
    await anna.block()
    await anna.unblock()
    changes = [as_object(update["my_chat_member"]) for update in (await ask("getUpdates")).results]
    old = [as_object(change["old_chat_member"])["status"] for change in changes]
    new = [as_object(change["new_chat_member"])["status"] for change in changes]
    assert (old, new) == (["member", "kicked"], ["kicked", "member"])
    assert as_object(changes[0]["chat"])["id"] == 7


async def test_an_edit_by_a_user_is_an_update(ask: Ask, anna: Phone) -> None:
    """edited_message carries the new text; deleting is told to no bot."""
    message_id = await anna.send("one")
    await anna.edit(message_id, "two")
    await anna.delete(message_id)
    updates = (await ask("getUpdates")).results
    assert len(updates) == 2
    edited = as_object(updates[1]["edited_message"])
    assert (edited["text"], edited["message_id"]) == ("two", message_id)
    assert isinstance(edited["edit_date"], int)


async def test_a_command_is_marked_as_one(ask: Ask, local: Sandbox) -> None:
    """A deep link arrives as /start with its payload, marked as a command."""
    bob = await local.add_user(8, "Bob", language_code="de")
    await bob.start("invite_1")
    message = as_object((await ask("getUpdates")).results[0]["message"])
    assert message["text"] == "/start invite_1"
    assert message["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert as_object(message["from"])["language_code"] == "de"


async def test_each_bot_has_its_own_chats_and_updates(
    two_bots: Sandbox, bot_token: str, second_token: str
) -> None:
    """What is written to one bot never reaches the other."""
    await two_bots.add_user(7, "Anna")
    await two_bots.phone(7, bot=42).send("to the first")
    await two_bots.phone(7, bot=43).send("to the second")
    pending = {
        as_object(bot["user"])["id"]: bot["pending_update_count"] for bot in await two_bots.bots()
    }
    assert pending == {42: 1, 43: 1}
    assert [message.text for message in await two_bots.messages(7, bot=43)] == ["to the second"]
    assert bot_token != second_token


async def test_a_restarted_sandbox_does_not_repeat_its_numbers(
    ask: Ask, anna: Phone, local: Sandbox
) -> None:
    """After a reset the update numbers go on, so a bot that waits further on misses nothing."""
    await anna.send("one")
    before = update_id((await ask("getUpdates")).results[-1])
    await local.reset()
    assert as_list((await ask("getUpdates")).body["result"]) == []
    await (await local.add_user(7, "Anna")).send("two")
    assert update_id((await ask("getUpdates", offset=before + 1)).results[0]) > before


@pytest.mark.parametrize("text", ["", " ", "x" * 4097])
async def test_a_phone_sends_only_what_a_phone_can(anna: Phone, text: str) -> None:
    """Empty and overlong texts are refused in one sentence."""
    with pytest.raises(Exception, match=r"needs a text|at most 4096"):
        await anna.send(text)
