"""A backend's instructions: in order with a conversation's messages, once, or a clear error."""

import inspect
import json

import pytest
from redis import Redis
from rq import Queue

from onduty import (
    AsyncSupportDesk,
    CustomerMessage,
    DeskUnavailable,
    Priority,
    SupportDesk,
)
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import ACCEPTED, QUEUES, ROUTE, inbox_key
from servers import Valkey
from waiting import until

from .conftest import Inbox

A_MINUTE_MS = 60_000
ALL = pytest.mark.parametrize("word", ["close", "touch", "prioritize"])
SAID = {"close": ["close"], "touch": ["touch"], "prioritize": ["prioritize", "low"]}


def message(conversation_id: str = "c1", **fields: str) -> CustomerMessage:
    return CustomerMessage.model_validate(
        {
            "text": "Hello",
            "customer_name": "Alice",
            "recipient": "The Shop",
            "conversation_id": conversation_id,
            **fields,
        }
    )


def say(desk: SupportDesk | FakeSupportDesk, word: str, conversation_id: str = "c1") -> None:
    if word == "prioritize":
        desk.prioritize(conversation_id, "low")
    else:
        getattr(desk, word)(conversation_id)


def rank(store: Redis, conversation_id: str) -> float:
    found = store.zscore(ACCEPTED, conversation_id)
    assert found
    return found


@ALL
def test_it_leaves_its_place_in_the_inbox_and_a_wake_up(
    desk: SupportDesk, store: Redis, inbox: Inbox, word: str
) -> None:
    """When it returns, everything the desk needs is in Redis, and nothing lives for ever."""
    say(desk, word)
    assert inbox("c1") == [SAID[word]]
    assert store.zrange(ACCEPTED, 0, -1) == ["c1"]
    assert store.ttl(inbox_key("c1")) > 29 * 86_400


@ALL
def test_the_wake_up_is_the_one_of_a_normal_message(
    redis_url: str, desk: SupportDesk, word: str
) -> None:
    """Dispatchers need to know no new job."""
    say(desk, word)
    raw = Redis.from_url(redis_url)
    (job,) = Queue(QUEUES["normal"], connection=raw, serializer="json").jobs  # type: ignore[index]
    assert (job.func_name, job.args, job.kwargs) == (ROUTE, [], {})


def test_it_stands_in_order_with_the_messages(desk: SupportDesk, inbox: Inbox) -> None:
    """A message after the close reopens; one before it does not."""
    before, after = message(id="m1"), message(id="m2")
    desk.touch("c1")
    desk.notify(before)
    desk.touch("c1")
    desk.close("c1")
    desk.notify(after)
    desk.close("c1")
    assert [entry[:2] for entry in inbox("c1")] == [
        ["touch"],
        ["message", "m1"],
        ["touch"],
        ["close"],
        ["message", "m2"],
        ["close"],
    ]


@ALL
def test_said_again_it_fills_no_inbox(desk: SupportDesk, inbox: Inbox, word: str) -> None:
    """A backend may say it as often as it likes, also while no dispatcher is there."""
    for _ in range(3):
        say(desk, word)
    assert inbox("c1") == [SAID[word]]


def test_it_waits_behind_what_is_urgent_and_holds_up_nothing(
    desk: SupportDesk, store: Redis
) -> None:
    """Its rank is a normal message's; a conversation keeps a better one that it has."""
    desk.notify(message("low", priority="low"))
    desk.notify(message("urgent", priority="urgent"))
    urgent = rank(store, "urgent")
    desk.notify(message("before"))
    desk.close("closed")
    desk.notify(message("after"))
    desk.close("urgent")
    desk.close("low")
    assert rank(store, "urgent") == urgent
    in_order = [rank(store, each) for each in ("urgent", "before", "closed", "after", "low")]
    assert in_order == sorted(in_order)
    assert in_order[-1] - in_order[1] < A_MINUTE_MS


def test_a_priority_that_there_is_not_is_refused(desk: SupportDesk, store: Redis) -> None:
    """In the fake, too, and before anything is written."""
    for each in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match="'soon' is not a valid Priority"):
            each.prioritize("c1", "soon")  # type: ignore[arg-type]  # a misspelt one is the test
    assert store.dbsize() == 0


def test_what_is_made_urgent_is_routed_with_what_is_urgent(
    redis_url: str, desk: SupportDesk, store: Redis
) -> None:
    """By a lane of its own; what is made less urgent takes a normal message's place."""
    desk.notify(message("urgent", priority="urgent"))
    desk.notify(message("c1"))
    before = rank(store, "c1")
    desk.prioritize("c1", "low")
    assert rank(store, "c1") == before
    desk.prioritize("c1", "urgent")
    assert 0 <= rank(store, "c1") - rank(store, "urgent") < A_MINUTE_MS
    raw = Redis.from_url(redis_url)
    assert len(Queue(QUEUES[Priority.URGENT], connection=raw, serializer="json").jobs) == 2


@ALL
@pytest.mark.parametrize(
    ("conversation_id", "rule"),
    [
        ("", "at least 1 character"),
        ("x" * 129, "at most 128 characters"),
        ("half \ud83d", "unpaired surrogate"),
    ],
)
def test_an_id_that_no_message_could_have_is_refused(
    desk: SupportDesk, store: Redis, word: str, conversation_id: str, rule: str
) -> None:
    """By the rule of a message's own conversation_id, before anything is written."""
    for each in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match=f"conversation_id: .*{rule}"):
            say(each, word, conversation_id)
    assert store.dbsize() == 0


@ALL
@pytest.mark.parametrize("conversation_id", ["x", "ж" * 128, 'a" b\n:{}'])
def test_an_id_that_a_message_could_have_is_taken(
    desk: SupportDesk, inbox: Inbox, word: str, conversation_id: str
) -> None:
    """Whatever the characters, it is the conversation of the messages."""
    desk.notify(message(conversation_id, id="m1"))
    say(desk, word, conversation_id)
    assert [entry[0] for entry in inbox(conversation_id)] == ["message", word]


@ALL
def test_redis_away_raises_the_one_error(free_port: int, word: str) -> None:
    """And says what to do."""
    away = SupportDesk(f"redis://127.0.0.1:{free_port}/0")
    with pytest.raises(DeskUnavailable, match=r"did not take the \w+ .*; call again"):
        say(away, word)


@ALL
@pytest.mark.parametrize(
    "command",
    [["CONFIG", "SET", "maxmemory", "1"], ["REPLICAOF", "127.0.0.1", "1"]],
    ids=["out of memory", "read-only replica"],
)
def test_a_redis_that_cannot_write_raises_and_keeps_nothing(
    own_valkey: Valkey, command: list[str], word: str
) -> None:
    """Neither the word nor its wake-up."""
    store = Redis.from_url(own_valkey.url, decode_responses=True)
    store.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py gives it no types
    with pytest.raises(DeskUnavailable):
        say(SupportDesk(own_valkey.url), word)
    assert store.keys("onduty:*") == []
    assert store.keys("rq:queue:*") == []


@ALL
def test_it_can_wait_until_a_replica_has_it(with_replica: tuple[Valkey, Valkey], word: str) -> None:
    """With wait_replicas, a failover loses nothing that was said."""
    master, replica = with_replica
    say(SupportDesk(master.url, wait_replicas=1, timeout_s=20), word)
    (entry,) = Redis.from_url(replica.url).lrange(inbox_key("c1"), 0, -1)
    assert json.loads(entry) == SAID[word]
    replica.kill()
    impatient = SupportDesk(master.url, wait_replicas=1, timeout_s=3)
    with pytest.raises(DeskUnavailable, match=r"0 of 1 replicas have the \w+; call again"):
        say(impatient, word, "c2")
    replica.start()


async def test_the_async_desk_says_the_same(backends_url: str, inbox: Inbox) -> None:
    """In the order of its calls."""
    async with AsyncSupportDesk(backends_url) as desk:
        await desk.touch("c1")
        await desk.close("c1")
        await desk.prioritize("c1", "urgent")
        with pytest.raises(ValueError, match="conversation_id"):
            await desk.close("")
    assert inbox("c1") == [["touch"], ["close"], ["prioritize", "urgent"]]


async def test_connections_are_given_back_by_another_name(own_valkey: Valkey) -> None:
    """`disconnect`, by hand or by `with`; a later call opens new ones."""
    with Redis.from_url(own_valkey.url) as store:

        def connections() -> int:
            return len(store.client_list()) - 1

        with SupportDesk(own_valkey.url) as desk:
            desk.touch("c1")
            assert connections() == 1
        await until(connections, equals=0)
        async with AsyncSupportDesk(own_valkey.url) as later:
            await later.touch("c1")
            await later.disconnect()
            await until(connections, equals=0)
            await later.touch("c1")
            assert connections() == 1
        await until(connections, equals=0)


@pytest.mark.parametrize(
    ("fake", "real"),
    [(FakeSupportDesk, SupportDesk), (AsyncFakeSupportDesk, AsyncSupportDesk)],
)
def test_a_fake_is_called_as_the_real_one(fake: type, real: type) -> None:
    """A backend's tests break when its code would."""

    def methods(desk: type) -> dict[str, inspect.Signature]:
        return {
            name: inspect.signature(method)
            for name, method in inspect.getmembers(desk, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(fake) == methods(real)
