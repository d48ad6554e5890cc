"""Groups, supergroups, and the way from one to the other."""

import pytest

from onduty_sandbox.client import Phone, Sandbox, SandboxError
from onduty_sandbox.wire.json_types import as_object
from sandbox.bot_caller import Ask


@pytest.fixture
async def group(local: Sandbox, anna: Phone) -> int:
    """A group of Anna, Bob and the bot."""
    await local.add_user(8, "Bob")
    return await local.add_group("Team", [anna.user_id, 8])


async def test_a_bot_in_a_group_is_told_and_may_write_first(
    local: Sandbox, ask: Ask, group: int
) -> None:
    """The group's creation comes as my_chat_member and a service message."""
    updates = (await ask("getUpdates")).results
    joined = as_object(updates[0]["my_chat_member"])
    assert as_object(joined["new_chat_member"])["status"] == "member"
    assert as_object(updates[1]["message"])["group_chat_created"] is True
    reply = await ask("sendMessage", chat_id=group, text="hi")
    assert reply.result["chat"] == {"id": group, "title": "Team", "type": "group"}
    assert [message.text for message in await local.messages(group)] == ["", "hi"]


async def test_privacy_mode_hides_what_is_not_for_the_bot(
    local: Sandbox, ask: Ask, group: int
) -> None:
    """A bot in a group sees commands, mentions and replies to itself."""
    await ask("getUpdates", offset=-1)
    before = (await ask("getUpdates")).results
    bob = local.phone(8, group)
    sent = await ask("sendMessage", chat_id=group, text="hi")
    message_id = sent.result["message_id"]
    assert isinstance(message_id, int)
    await bob.send("not for you")
    await bob.send("/on")
    await bob.send("/on@other_bot")
    await bob.send("hey @sandbox_42_bot")
    await bob.send("yes", reply_to=message_id)
    updates = (await ask("getUpdates")).results[len(before) :]
    texts = [as_object(update["message"])["text"] for update in updates]
    assert texts == ["/on", "hey @sandbox_42_bot", "yes"]


async def test_an_upgraded_group_names_its_new_id(local: Sandbox, ask: Ask, group: int) -> None:
    """The old id answers with migrate_to_chat_id; the new one works."""
    supergroup = await local.upgrade_group(group)
    assert supergroup < -1_000_000_000_000
    refused = await ask("sendMessage", chat_id=group, text="hi")
    assert refused.status == 400
    assert refused.error == "Bad Request: group chat was upgraded to a supergroup chat"
    assert refused.body["parameters"] == {"migrate_to_chat_id": supergroup}
    assert (await ask("sendMessage", chat_id=supergroup, text="hi")).status == 200
    messages = [as_object(update["message"]) for update in (await ask("getUpdates")).results[-2:]]
    assert messages[0]["migrate_to_chat_id"] == supergroup
    assert messages[1]["migrate_from_chat_id"] == group
    with pytest.raises(SandboxError, match="is now the supergroup"):
        await local.phone(8, group).send("hello?")


@pytest.mark.parametrize("supergroup", [False, True])
async def test_a_bot_that_was_put_out_is_told(
    local: Sandbox, ask: Ask, anna: Phone, *, supergroup: bool
) -> None:
    """Kicked and left have texts of their own."""
    chat_id = await local.add_group("Team", [anna.user_id], supergroup=supergroup)
    kind = "supergroup" if supergroup else "group"
    await local.set_member(chat_id, "kicked", bot=42)
    reply = await ask("sendMessage", chat_id=chat_id, text="hi")
    assert (reply.status, reply.error) == (403, f"Forbidden: bot was kicked from the {kind} chat")
    await local.set_member(chat_id, "left", bot=42)
    reply = await ask("sendMessage", chat_id=chat_id, text="hi")
    assert reply.error == f"Forbidden: bot is not a member of the {kind} chat"
    await local.set_member(chat_id, "member", bot=42)
    assert (await ask("sendMessage", chat_id=chat_id, text="hi")).status == 200


async def test_only_members_write_in_a_group(local: Sandbox, group: int) -> None:
    """Somebody who left cannot write."""
    await local.set_member(group, "left", user=8)
    with pytest.raises(SandboxError, match="not a member"):
        await local.phone(8, group).send("hello?")
    await local.set_member(group, "member", user=8)
    assert await local.phone(8, group).send("/hello") == 2
