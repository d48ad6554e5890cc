"""Strangers in numbers: many people write to a bot, and what they are answered is counted."""

import pytest

from onduty_sandbox.client import Sandbox, SandboxError
from onduty_sandbox.wire.json_types import Json, as_list, as_object
from sandbox.bot_caller import Ask
from waiting import until


async def test_strangers_write_in_turn(local: Sandbox, ask: Ask) -> None:
    """Each of them as often as was asked for, and no longer."""
    await local.strangers(5, 0.1, 0.3, "guess {n}")
    await until(lambda: _writing(local), equals=False)
    assert (await local.strangers_so_far()).wrote == 15
    messages = [as_object(it["message"]) for it in (await ask("getUpdates")).results]
    assert [message["text"] for message in messages] == [f"guess {n + 1}" for n in range(15)]
    writers = [as_object(message["from"])["id"] for message in messages]
    assert len(set(writers)) == 5
    assert writers[:5] == writers[5:10] == writers[10:]


async def test_what_strangers_are_answered_is_counted(local: Sandbox, ask: Ask) -> None:
    """By text, and how much the one got who got most."""
    await local.strangers(3, 60, 60)
    first = (await local.strangers_so_far()).first_id
    await local.phone(first).wait_for(lambda message: message.text == "hello")
    for text in ("no", "no", "later"):
        assert (await ask("sendMessage", chat_id=first, text=text)).status == 200
    told = await local.strangers_so_far()
    assert (told.answered, told.most_for_one) == (3, 3)
    assert told.answers == {"no": 2, "later": 1}
    await local.strangers(3, 60, 60)
    again = await local.strangers_so_far()
    assert (again.first_id, again.answered) == (first, 0), "the same people, counted afresh"
    await local.stop_strangers()
    assert not (await local.strangers_so_far()).writing


async def test_the_page_is_not_filled_with_strangers(local: Sandbox) -> None:
    """They have no phones there."""
    await local.add_user(7, "Anna")
    await local.strangers(50, 0.2, 60)
    whole = as_object(await local.ask("GET", "everything"))
    assert [as_object(user)["id"] for user in as_list(whole["users"])] == [7]
    assert all(as_object(as_object(it)["chat"])["id"] == 7 for it in as_list(whole["chats"]))


async def test_strangers_have_bounds(local: Sandbox) -> None:
    """A typo does not fill the machine."""
    wrong: list[tuple[Json, str]] = [
        ({"count": 0, "every_s": 1, "for_s": 1}, "count is from 1"),
        ({"count": 5000, "every_s": 60, "for_s": 1}, "count is from 1"),
        ({"count": 2000, "every_s": 0.1, "for_s": 1}, "at most 500 times a second"),
        ({"count": 1, "every_s": 1, "for_s": 1e9}, "for_s is up to"),
        ({"count": 1, "every_s": 1}, "for_s is up to"),
    ]
    for body, sentence in wrong:
        with pytest.raises(SandboxError, match=sentence):
            await local.ask("POST", "strangers", body)


async def test_a_reset_silences_strangers(local: Sandbox, ask: Ask) -> None:
    """Nobody goes on writing into the next test."""
    await local.strangers(10, 0.1, 60)
    await local.ask("POST", "reset")
    assert not (await local.strangers_so_far()).writing
    assert (await ask("getUpdates")).results == []


async def _writing(sandbox: Sandbox) -> bool:
    return (await sandbox.strangers_so_far()).writing
