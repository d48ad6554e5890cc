"""The control API and its client: seeing what happened, and hearing what went wrong."""

import asyncio
import json

import pytest
from aiohttp import ClientSession

from onduty_sandbox.client import Phone, Sandbox, SandboxError
from onduty_sandbox.wire.json_types import Json
from sandbox.bot_caller import Ask, HandClock


async def test_the_log_holds_every_request_in_order(
    local: Sandbox, ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """With what was asked, what was answered, and whether it was taken."""
    last = (await local.log())[-1].sequence
    await ask("sendMessage", chat_id=anna.chat_id, text="one")
    await ask("sendMessage", chat_id="7", text="")
    await ask("getMe")
    sent, refused, asked = await local.log(after=last)
    assert [sent.sequence, refused.sequence, asked.sequence] == [last + 1, last + 2, last + 3]
    assert (sent.method, sent.chat_id, sent.status, sent.taken) == ("sendMessage", 7, 200, True)
    assert (sent.message_id, sent.parameters["text"], sent.bot_id) == (2, "one", 42)
    assert (refused.status, refused.taken, refused.chat_id) == (400, False, 7)
    assert refused.description == "Bad Request: message text is empty"
    assert asked.received_at == asked.received_monotonic == hand_clock.now


async def test_the_log_can_be_switched_off(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """Numbers go on, entries are not kept."""
    before = await local.log()
    await local.keep_log(enabled=False)
    await ask("sendMessage", chat_id=anna.chat_id, text="one")
    assert await local.log() == before
    await local.keep_log(enabled=True)
    await ask("getMe")
    assert (await local.log())[-1].sequence == before[-1].sequence + 2


async def test_an_open_request_is_in_the_log(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """A long poll has no status until it is answered; one can wait for a request."""
    last = (await local.log())[-1].sequence
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    request = await local.wait_for_request("getUpdates", after=last)
    assert (request.status, request.taken) == (None, False)
    await anna.send("one")
    await polling
    assert (await local.log())[-1].status == 200
    with pytest.raises(TimeoutError, match="no sendPhoto was called but: getUpdates, getUpdates"):
        await local.wait_for_request("sendPhoto", timeout_s=0)


async def test_waiting_ends_when_the_phone_shows_it(ask: Ask, anna: Phone) -> None:
    """For a new message, a change of an old one, and only after a given id."""
    waiting = asyncio.create_task(anna.wait_for("card"))
    sent = await ask("sendMessage", chat_id=7, text="the card")
    message = await waiting
    assert message.message_id == sent.result["message_id"]
    changed = asyncio.create_task(anna.wait_for(lambda it: it.from_bot and it.deleted))
    await ask("deleteMessage", chat_id=7, message_id=message.message_id)
    assert (await changed).message_id == message.message_id
    later = asyncio.create_task(anna.wait_for("card", after=message.message_id))
    await ask("sendMessage", chat_id=7, text="another card")
    assert (await later).text == "another card"


async def test_waiting_in_vain_says_what_the_phone_showed(ask: Ask, anna: Phone) -> None:
    """The message of the TimeoutError is the phone."""
    markup: Json = {"inline_keyboard": [[{"text": "Answer", "callback_data": "a"}]]}
    await ask("sendMessage", chat_id=7, text="a card", reply_markup=markup)
    with pytest.raises(TimeoutError) as caught:
        await anna.wait_for("no card", timeout_s=0)
    assert str(caught.value) == (
        "After 0 s chat 7 does not show 'no card' but:\n"
        "  1 user: '/start' []\n"
        "  2 bot: 'a card' ['Answer']"
    )


async def test_everything_that_changes_is_an_event(
    local: Sandbox, ask: Ask, http: ClientSession, anna: Phone
) -> None:
    """Server-sent events with their numbers; the missed ones come first."""
    async with http.get(f"{local.base_url}/control/events", params={"after": "0"}) as stream:
        assert stream.content_type == "text/event-stream"
        await ask("sendMessage", chat_id=anna.chat_id, text="one")
        await ask("deleteMessage", chat_id=7, message_id=2)
        kinds: list[str] = []
        shown: list[Json] = []
        while "message_deleted" not in kinds:
            line = (await stream.content.readline()).decode().strip()
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if line.startswith("data: "):
                shown.append(json.loads(line.removeprefix("data: ")))
        shown.append(json.loads((await stream.content.readline()).decode().removeprefix("data: ")))
    assert kinds == ["user", "message", "message", "message_deleted"]
    assert shown[-1]["message_id"] == 2
    assert shown[-1]["bot_id"] == 42


async def test_a_reset_forgets_people_and_trouble(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """What the bot set up stays."""
    await ask("setMyCommands", commands=[{"command": "on", "description": "x"}])
    await local.fault("500", times=None)
    await local.limits()
    await local.reset()
    assert (await ask("sendMessage", chat_id=anna.chat_id, text="x")).error.endswith("not found")
    assert len((await ask("getMyCommands")).results) == 1
    assert await local.ask("GET", "users") == []
    limits = await local.ask("GET", "limits")
    assert isinstance(limits, dict)
    assert limits["enabled"] is False


async def test_after_a_reset_no_message_has_an_old_number(local: Sandbox, ask: Ask) -> None:
    """What a bot still knows of the chat before is not mistaken for something new."""
    anna = await local.add_user(7, "Anna")
    await anna.start()
    before = int(str((await ask("sendMessage", chat_id=7, text="a card")).result["message_id"]))
    await local.reset()
    await local.add_user(7, "Anna")
    assert await anna.start() > before
    edited = await ask("editMessageText", chat_id=7, message_id=before, text="an old card")
    assert edited.error.endswith("message to edit not found")


@pytest.mark.parametrize(
    ("verb", "path", "body", "sentence"),
    [
        ("POST", "users", {"id": 0, "first_name": "x"}, "positive id"),
        ("POST", "users", {"id": 42, "first_name": "x"}, "no bot's"),
        ("POST", "users", {"id": 8}, "first_name"),
        ("POST", "users", {"id": 8, "name": "x"}, "Unknown field 'name'"),
        ("POST", "users/404/send", {"text": "x"}, "no user 404"),
        ("POST", "users/7/send", {"text": "x", "bot": 99}, "no bot 99"),
        ("POST", "users/7/send", {"text": "x", "chat_id": 8}, "own private chat"),
        ("POST", "users/7/send", {"text": "x", "reply_to": 99}, "no message 99"),
        ("POST", "users/7/start", {"payload": "a b"}, "A payload has"),
        ("POST", "users/7/edit", {"message_id": 1, "text": ""}, "Only a text"),
        ("POST", "users/7/send_file", {"kind": "video"}, "photo or document"),
        ("POST", "users/7/send_file", {"kind": "photo", "content_base64": "x"}, "not base64"),
        ("POST", "users/7/block", {"chat_id": -1}, "no group -1"),
        ("POST", "groups", {"title": "x"}, "at least one user"),
        ("GET", "chats/-1/messages", None, "no group -1"),
        ("PUT", "limits", {"per_second": 0}, "at least 1"),
        ("PUT", "latency", {"latency_s": "x"}, "is a number"),
    ],
)
async def test_a_wrong_request_is_told_in_a_sentence(
    local: Sandbox, anna: Phone, verb: str, path: str, body: Json | None, sentence: str
) -> None:
    """A test that drives the sandbox wrongly hears why."""
    with pytest.raises(SandboxError, match=sentence):
        await local.ask(verb, path, body)
    assert anna.user_id == 7


async def test_with_two_bots_one_has_to_be_named(two_bots: Sandbox) -> None:
    """There is no default among several."""
    phone = await two_bots.add_user(7, "Anna")
    with pytest.raises(SandboxError, match="Say which bot: 42, 43"):
        await phone.send("hi")


async def test_a_user_who_has_blocked_the_bot_cannot_write(anna: Phone) -> None:
    """As on a phone, unblocking comes first."""
    await anna.block()
    with pytest.raises(SandboxError, match="unblock it first"):
        await anna.send("hi")


async def test_users_can_be_listed_and_renamed(local: Sandbox, anna: Phone) -> None:
    """Names are what bots see from then on."""
    await local.change_user(anna.user_id, first_name="Ann", username=None)
    assert await local.ask("GET", "users") == [
        {
            "id": 7,
            "first_name": "Ann",
            "last_name": "Smith",
            "username": None,
            "language_code": "en",
            "deactivated": False,
            "is_bot": False,
            "stranger": False,
            "no_reply_header": False,
        }
    ]


async def test_an_odd_update_is_brought_as_it_is(local: Sandbox, ask: Ask) -> None:
    """Of a kind that does not exist, or without what it must have."""
    await local.odd_update("quantum", {"state": None})
    (update,) = (await ask("getUpdates")).results
    assert update["quantum"] == {"state": None}
    with pytest.raises(SandboxError, match="a kind and a body"):
        await local.ask("POST", "updates", {"kind": "message", "body": []})
