"""The web chat of `examples/`, by HTTP as its page uses it, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from running_webchat import environment_of, running_webchat, start_webchat
from servers import Valkey

from .browsing import CHAT, Browsing

STRANGERS = "whsec_c3RyYW5nZXJzLXN0cmFuZ2Vycy1zdHJhbmdlcnM="


@pytest.fixture
async def browsing(own_valkey: Valkey, tmp_path: Path) -> AsyncIterator[Browsing]:
    async with (
        running_webchat(own_valkey.url, tmp_path) as chat,
        ClientSession() as session,
        Redis.from_url(own_valkey.url, decode_responses=True) as redis,
    ):
        yield Browsing(chat, session, redis)


async def test_what_a_customer_writes_is_at_the_desk_with_a_link(browsing: Browsing) -> None:
    """The link shows an operator the same conversation; the customer is not told of it."""
    assert await browsing.write("Where is it?") == 200
    assert await browsing.inbox() == [["message", "k1"]]
    link = await browsing.link()
    assert await browsing.lines(link) == [("customer", "Alice", "Where is it?")]
    assert await browsing.lines() == await browsing.lines(link)
    assert link.removeprefix("o/") not in (await browsing.get(f"{CHAT}/lines"))[1]
    for page in ("", CHAT, link):
        assert "<title>The Shop</title>" in (await browsing.get(page))[1]


async def test_a_double_click_sends_once(browsing: Browsing) -> None:
    """Twenty posts of one message at once are one line and one message; so it is of an answer."""
    assert set(await asyncio.gather(*(browsing.write("Hello") for _ in range(20)))) == {200}
    link = await browsing.link()
    answers = (browsing.write("Hi Alice", "a1", link) for _ in range(20))
    assert set(await asyncio.gather(*answers)) == {200}
    assert await browsing.lines() == [
        ("customer", "Alice", "Hello"),
        ("operator", "The Shop", "Hi Alice"),
    ]
    assert [it for it in await browsing.inbox() if it[0] == "message"] == [["message", "k1"]]


async def test_messages_written_at_once_are_all_there(browsing: Browsing) -> None:
    """Each once, and at the desk in the order in which the page shows them."""
    keys = [f"k{number}" for number in range(20)]
    await asyncio.gather(*(browsing.write(f"text of {key}", key) for key in keys))
    shown = [text.removeprefix("text of ") for _, _, text in await browsing.lines()]
    assert sorted(shown) == sorted(keys)
    assert [it[1] for it in await browsing.inbox()] == shown
    links = {await browsing.link(key) for key in keys}
    assert [await browsing.lines(link) for link in links] == [await browsing.lines()] * len(links)


async def test_an_answer_is_shown_and_reported_and_the_chat_is_closed(browsing: Browsing) -> None:
    """In the order in which it was done."""
    await browsing.write("Where is it?")
    link = await browsing.link()
    assert await browsing.write("On its way", "a1", link) == 200
    assert await browsing.post(f"{link}/close", b"{}") == 200
    assert [it[0] for it in await browsing.inbox()] == ["message", "touch", "close"]
    assert (await browsing.lines())[-1] == ("operator", "The Shop", "On its way")


async def test_what_the_desk_tells_is_shown_once(browsing: Browsing) -> None:
    """Who answers, by whose name an answer is, that it waits again, that it was closed."""
    await browsing.write("Where is it?")
    link = await browsing.link()
    anna: dict[str, Any] = {"operator": {"id": 7, "name": "Anna"}}
    for _ in range(2):
        assert await browsing.tell("conversation.claimed", 1, **anna) == 200
    await browsing.write("I look", "a1", link)
    await browsing.tell("reply.sent", 2, **anna, reply_id="r1", text="From the phone")
    await browsing.tell("conversation.released", 3, **anna, reason="released")
    await browsing.write("Still here", "a2", link)
    await browsing.tell("conversation.closed", 4)
    assert await browsing.tell("conversation.painted", 5) == 200
    assert (await browsing.lines())[1:] == [
        ("note", "Anna", "Anna is answering"),
        ("operator", "Anna", "I look"),
        ("operator", "Anna", "From the phone"),
        ("note", "", "Waiting for an operator again"),
        ("operator", "The Shop", "Still here"),
        ("note", "", "The conversation was closed"),
    ]


async def test_an_answer_from_telegram_is_changed_and_taken_back(browsing: Browsing) -> None:
    """Each is one line by its id, however often it is told of."""
    await browsing.write("Where is it?")
    anna: dict[str, Any] = {"operator": {"id": 7, "name": "Anna"}, "reply_id": "r1"}
    for _ in range(2):
        assert await browsing.tell("reply.sent", 1, **anna, text="On its wya") == 200
    assert (await browsing.lines())[1:] == [("operator", "Anna", "On its wya")]
    assert await browsing.tell("reply.edited", 2, **anna, text="On its way") == 200
    assert (await browsing.lines())[1:] == [("operator", "Anna", "On its way")]
    for _ in range(2):
        assert await browsing.tell("reply.deleted", 3, **anna) == 200
    assert (await browsing.lines())[1:] == [("operator", "Anna", "(taken back)")]


async def test_a_customer_edits_their_own_message(browsing: Browsing, own_valkey: Valkey) -> None:
    """The desk has the edit behind the message, also when both had to wait for it."""
    await browsing.write("Wehre?")
    assert await browsing.post(f"{CHAT}/edit", b'{"key": "k1", "text": "Where?"}') == 200
    assert await browsing.lines() == [("customer", "Alice", "Where?")]
    assert await browsing.inbox() == [["message", "k1"], ["edit", "k1"]]
    own_valkey.kill()
    assert await browsing.write("Helo", "k2") == 503
    assert await browsing.post(f"{CHAT}/edit", b'{"key": "k2", "text": "Hello"}') == 503
    own_valkey.start()
    assert await browsing.post(f"{CHAT}/edit", b'{"key": "k2", "text": "Hello"}') == 200
    assert await browsing.write("Bye", "k3") == 200
    behind = [["message", "k2"], ["message", "k3"], ["edit", "k2"]]
    assert (await browsing.inbox())[2:] == behind
    assert [text for _, _, text in await browsing.lines()] == ["Where?", "Hello", "Bye"]


async def test_nobody_elses_message_is_edited(browsing: Browsing) -> None:
    """Nor an answer, nor by an operator's page; typing changes nothing."""
    await browsing.write("Hello")
    link = await browsing.link()
    await browsing.write("Hi", "a1", link)
    for path, key, status in (
        ("c/another/edit", "k1", 404),
        (f"{CHAT}/edit", "a1", 404),
        (f"{link}/edit", "k1", 404),
    ):
        assert await browsing.post(path, f'{{"key": "{key}", "text": "x"}}'.encode()) == status
    assert await browsing.post(f"{CHAT}/edit", b'{"key": "k1", "text": " "}') == 400
    assert await browsing.post(f"{CHAT}/typing", b"{}") == 200
    assert await browsing.lines() == [
        ("customer", "Alice", "Hello"),
        ("operator", "The Shop", "Hi"),
    ]


async def test_only_the_desk_is_believed(browsing: Browsing) -> None:
    """An event that is not signed, or by somebody else, changes nothing."""
    await browsing.write("Where is it?")
    assert await browsing.post("events", b"{}") == 400
    assert await browsing.tell("conversation.closed", 1, secret=STRANGERS) == 400
    assert len(await browsing.lines()) == 1


async def test_while_the_desk_is_away_nothing_is_lost_or_sent_twice(
    browsing: Browsing, own_valkey: Valkey
) -> None:
    """The customer is asked to try again; then all goes in its order, and with its first id."""
    await browsing.write("one", "k1")
    link = await browsing.link()
    own_valkey.kill()
    assert await browsing.write("two", "k2") == 503
    assert await browsing.write("three", "k3") == 503
    assert await browsing.write("answer", "a1", link) == 503
    assert await browsing.post(f"{link}/close", b"{}") == 503
    assert await browsing.unsent() == ["two", "three"]
    assert ("operator", "The Shop", "answer") in await browsing.lines()
    own_valkey.start()
    assert await browsing.write("three", "k3") == 200
    assert await browsing.write("answer", "a1", link) == 200
    assert await browsing.unsent() == []
    assert [it[-1] for it in await browsing.inbox()] == ["k1", "k2", "k3", "touch"]
    assert [text for _, _, text in await browsing.lines()] == ["one", "two", "three", "answer"]


async def test_a_desk_that_did_not_say_has_it_once(browsing: Browsing, own_valkey: Valkey) -> None:
    """It may have taken the message although nothing came back."""
    await browsing.write("one", "k1")
    own_valkey.freeze()
    assert await browsing.write("two", "k2") == 503
    own_valkey.thaw()
    assert await browsing.write("two", "k2") == 200
    assert [it[1] for it in await browsing.inbox()] == ["k1", "k2"]


async def test_after_a_crash_the_chat_and_its_links_are_there(
    browsing: Browsing, own_valkey: Valkey
) -> None:
    """What the desk has not got goes with the next message."""
    await browsing.write("one", "k1")
    link = await browsing.link()
    own_valkey.kill()
    await browsing.write("two", "k2")
    await browsing.chat.kill()
    own_valkey.start()
    await browsing.chat.start()
    assert await browsing.unsent() == ["two"]
    assert await browsing.write("three", "k3") == 200
    assert [it[1] for it in await browsing.inbox()] == ["k1", "k2", "k3"]
    assert await browsing.lines(link) == await browsing.lines()
    assert await browsing.link("k3") == link


async def test_an_odd_id_is_one_conversation(browsing: Browsing) -> None:
    """Whatever a backend's ids look like."""
    odd = ("a/b", "Zoë 7", "<b>'\"&", "%2F", "x" * 128, "lines", "'; DROP TABLE lines")
    for number, conversation in enumerate(odd):
        at = f"c/{quote(conversation, safe='')}"
        assert await browsing.write("Hello", f"k{number}", at) == 200
        assert await browsing.lines(at) == [("customer", "Alice", "Hello")]
        assert await browsing.inbox(conversation) == [["message", f"k{number}"]]


REFUSED = [
    (f"{CHAT}/lines", b"no JSON", 400),
    (f"{CHAT}/lines", b"[]", 400),
    (f"{CHAT}/lines", b'{"key": "k", "name": "A"}', 400),
    (f"{CHAT}/lines", b'{"key": "k", "name": "A", "text": " "}', 400),
    (f"{CHAT}/lines", b'{"key": "k", "name": "", "text": "a"}', 400),
    (f"{CHAT}/lines", b'{"key": "not an id", "name": "A", "text": "a"}', 400),
    (f"{CHAT}/lines", b'{"key": [], "name": "A", "text": "a"}', 400),
    (f"{CHAT}/lines", b'{"key": "k", "name": "A", "text": "a", "priority": "low"}', 400),
    (f"c/{'x' * 129}/lines", b'{"key": "k", "name": "A", "text": "a"}', 400),
    (f"{CHAT}/close", b"{}", 404),
    ("o/unknown/lines", b'{"key": "k", "text": "a"}', 404),
    ("o//lines", b'{"key": "k", "text": "a"}', 404),
    ("o/unknown/close", b"{}", 404),
    ("nowhere", b"{}", 404),
]


async def test_what_cannot_be_is_refused(browsing: Browsing) -> None:
    """And leaves nothing behind."""
    for path, body, status in REFUSED:
        assert await browsing.post(path, body) == status, (path, body)
    assert await browsing.lines() == []
    assert await browsing.inbox() == []


async def test_a_body_of_deep_json_is_refused(browsing: Browsing) -> None:
    """With an answer; the next request is served."""
    assert await browsing.post(f"{CHAT}/lines", b"[" * 200_000) == 400
    assert await browsing.write("Hello") == 200


async def test_an_edit_with_half_an_emoji_is_the_same_on_both_sides(browsing: Browsing) -> None:
    """A browser can cut one in two; the desk had it, and the page kept the old words."""
    await browsing.write("Hello")
    body = b'{"key": "k1", "text": "Hello \\ud83d"}'
    assert await browsing.post(f"{CHAT}/edit", body) == 200
    assert await browsing.lines() == [("customer", "Alice", "Hello ?")]


async def test_an_id_of_another_conversation_stops_nothing(browsing: Browsing) -> None:
    """Kept, it would be refused by the desk, and all that comes behind it, for ever."""
    await browsing.write("Hello")
    assert await browsing.write("A copied id", at="c/chat-18") == 400
    assert await browsing.write("My own", "k2", at="c/chat-18") == 200
    assert await browsing.lines() == [("customer", "Alice", "Hello")]


async def test_pages_of_other_sites_are_refused(browsing: Browsing) -> None:
    """By their Origin, and by a name that only points here."""
    assert await browsing.write("Hello", Origin="https://elsewhere.example") == 404
    assert await browsing.write("Hello", Host="elsewhere.example") == 404
    assert (await browsing.get(f"{CHAT}/lines", Host="elsewhere.example"))[0] == 404
    assert await browsing.lines() == []
    assert await browsing.write("Hello", Origin=browsing.chat.url) == 200


async def test_it_listens_on_this_machine_only(own_valkey: Valkey, tmp_path: Path) -> None:
    """At a port that is free when none is named, which it says."""
    process = await start_webchat(environment_of(own_valkey.url, tmp_path, WEBCHAT_PORT="0"))
    assert process.stdout
    said = (await process.stdout.readline()).decode()
    (listening,) = [
        it for it in psutil.Process(process.pid).net_connections() if it.status == "LISTEN"
    ]
    assert listening.laddr.ip == "127.0.0.1"
    assert said == f"Customers write at http://127.0.0.1:{listening.laddr.port}/\n"
    process.kill()
    await process.communicate()


@pytest.mark.parametrize("port", ["taken", "70000", "-1", "http"])
async def test_a_port_that_it_cannot_have_is_a_sentence(
    browsing: Browsing, own_valkey: Valkey, tmp_path: Path, port: str
) -> None:
    """Not a traceback."""
    port = browsing.chat.url.rpartition(":")[2] if port == "taken" else port
    process = await start_webchat(environment_of(own_valkey.url, tmp_path, WEBCHAT_PORT=port))
    said = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert said.startswith("webchat: ")
    assert said.endswith("; set WEBCHAT_PORT to a free port\n")
    assert said.count("\n") == 1
