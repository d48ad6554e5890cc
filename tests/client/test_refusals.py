"""What a retry cannot help is distinguished from an outage, and nothing of it is accepted."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis
from redis.utils import HIREDIS_AVAILABLE

from onduty import (
    AsyncSupportDesk,
    CustomerMessage,
    DeskMisconfigured,
    DeskUnavailable,
    IdReused,
    SupportDesk,
)
from onduty.wire import inbox_key
from servers import Valkey

WORDS = "my card number is 1234"


def message(text: str = WORDS, **fields: Any) -> CustomerMessage:
    return CustomerMessage(text=text, customer_name="Alice", recipient="The Shop", **fields)


def with_login(url: str, login: str) -> str:
    return url.replace("unix://", f"unix://{login}@")


@contextmanager
def answering(with_bytes: bytes) -> Iterator[str]:
    """Listen as something that is not Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(with_bytes)

        threading.Thread(target=answer, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


SETTINGS: dict[str, tuple[list[list[str]], Callable[[str], str]]] = {
    "wrong password": ([], lambda url: with_login(url, ":sesame")),
    "wrong user": ([], lambda url: with_login(url, "who:sesame")),
    "no password": ([["CONFIG", "SET", "requirepass", "x"]], lambda url: url),
    "no such database": ([], lambda url: f"{url}?db=99"),
    "no right to write": (
        [["ACL", "SETUSER", "u", "on", ">x", "~*", "+@all", "-@write"]],
        lambda url: with_login(url, "u:x"),
    ),
    "no right to our keys": (
        [["ACL", "SETUSER", "u", "on", ">x", "~rq:*", "+@all"]],
        lambda url: with_login(url, "u:x"),
    ),
    "no right to scripts": (
        [["ACL", "SETUSER", "u", "on", ">x", "~*", "+@all", "-eval"]],
        lambda url: with_login(url, "u:x"),
    ),
    "a key of another type": ([["HSET", "onduty:accepted", "a", "b"]], lambda url: url),
}


@pytest.mark.parametrize("setting", SETTINGS)
async def test_a_wrong_setting_is_no_outage(own_valkey: Valkey, setting: str) -> None:
    """A backend that keeps messages for later would keep them for ever."""
    commands, url = SETTINGS[setting]
    store = Redis.from_url(own_valkey.url, decode_responses=True)
    for command in commands:
        store.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py gives it no types
    with pytest.raises(DeskMisconfigured) as refused:
        SupportDesk(url(own_valkey.url)).notify(message())
    assert WORDS not in f"{refused.value}{refused.value.__cause__}"
    with pytest.raises(DeskMisconfigured, match="Redis will not take the close"):
        await AsyncSupportDesk(url(own_valkey.url)).close("c1")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        pytest.param(
            b"\x15\x03\x01\x00\x02",
            marks=pytest.mark.skipif(
                not HIREDIS_AVAILABLE, reason="redis-py takes it for a connection that was closed"
            ),
        ),
        b"*x\r\n",
    ],
)
def test_another_protocol_is_told(answer: bytes) -> None:
    """A port of something else, or of TLS without TLS."""
    with answering(answer) as url, pytest.raises(DeskMisconfigured, match="not speak Redis"):
        SupportDesk(url).ping()


@pytest.mark.parametrize(
    "answer", [b"", b"+OK\r\n", b"-LOADING it\r\n" * 6, b"-ERR max number of clients reached\r\n"]
)
def test_what_passes_is_an_outage(answer: bytes) -> None:
    """A server that ends, loads its data or is full will be back."""
    with answering(answer) as url, pytest.raises(DeskUnavailable, match="push it again"):
        SupportDesk(url).notify(message())


async def test_ping_tells_whether_messages_would_be_taken(
    own_valkey: Valkey, free_port: int
) -> None:
    """A replica answers, but takes nothing; nothing of a ping stays."""
    desk, waiting = SupportDesk(own_valkey.url), AsyncSupportDesk(own_valkey.url)
    desk.ping()
    await waiting.ping()
    store = Redis.from_url(own_valkey.url)
    assert 0 < store.pttl("onduty:waited") <= 1_000
    store.execute_command("REPLICAOF", "127.0.0.1", str(free_port))  # type: ignore[no-untyped-call]
    for _ in range(2):
        with pytest.raises(DeskUnavailable, match="read only"):
            desk.ping()
    with pytest.raises(DeskUnavailable, match="read only"):
        await waiting.ping()
    store.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]
    desk.ping()


def test_a_reused_id_is_refused_with_all_that_comes_with_it(
    redis_url: str, desk: SupportDesk
) -> None:
    """Other words or another conversation are another customer's message; nothing is accepted."""
    store = Redis.from_url(redis_url)
    first = message(id="m1", conversation_id="c1")
    desk.notify(first)
    others = (message("Other", id="m1", conversation_id="c1"), message(id="m1"))
    for other in others:
        with pytest.raises(IdReused, match="the id m1 is known") as refused:
            desk.notify_many([message(conversation_id="c2"), other])
        assert WORDS not in str(refused.value)
    with pytest.raises(IdReused, match="m2") as refused:
        desk.notify_many([message("One", id="m2"), message("Two", id="m2")])
    assert refused.value.message_id == "m2"
    assert not store.exists(inbox_key("c2"), "onduty:message:m2")
    assert store.llen(inbox_key("c1")) == 1


def test_the_same_message_in_other_json_is_the_same(redis_url: str, desk: SupportDesk) -> None:
    """A backend was upgraded between the first push and the second."""
    desk.notify(message(id="m1", conversation_id="c1"))
    store = Redis.from_url(redis_url, decode_responses=True)
    old = str(store.get("onduty:message:m1")).replace('"more_attachments":0,', "")
    store.set("onduty:message:m1", f"{old} ")
    assert desk.notify(message(id="m1", conversation_id="c1", details={"new": 1})) == "m1"
    assert store.llen(inbox_key("c1")) == 1


@pytest.mark.parametrize("wrong", ["hello", None, {"text": WORDS}, 7])
async def test_what_is_no_message_is_a_mistake_with_a_sentence(
    redis_url: str, desk: SupportDesk, wrong: Any
) -> None:
    """And the sentence says what to build."""
    with pytest.raises(
        TypeError, match=r"a CustomerMessage, not of type \w+: CustomerM"
    ) as refused:
        desk.notify(wrong)
    assert WORDS not in str(refused.value)
    with pytest.raises(TypeError, match="a CustomerMessage, not"):
        await AsyncSupportDesk(redis_url).notify_many([wrong])
