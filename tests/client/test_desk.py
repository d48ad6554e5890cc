"""Pushing messages: safely in Redis, once, or a clear error in time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from rq import Queue

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable, SupportDesk
from onduty.acceptance import SCRIPT, script_arguments
from onduty.wire import ACCEPTED, QUEUES, ROUTE, inbox_key, message_key
from servers import Valkey

from .conftest import Inbox


def message(text: str = "Hello", **fields: Any) -> CustomerMessage:
    return CustomerMessage(text=text, customer_name="Alice", recipient="The Shop", **fields)


def wake_ups(store: Redis, priority: str = "normal") -> int:
    return int(store.llen(f"rq:queue:onduty-{priority}"))


def test_notify_leaves_message_inbox_and_wake_up(
    desk: SupportDesk, store: Redis, inbox: Inbox
) -> None:
    """When notify returns, everything the desk needs is in Redis, and nothing lives for ever."""
    sent = message(conversation_id="c1")
    assert desk.notify(sent) == sent.id
    assert CustomerMessage.model_validate_json(store.get(message_key(sent.id)) or "") == sent
    assert inbox("c1") == [["message", sent.id, "normal", "support"]]
    assert store.zrange(ACCEPTED, 0, -1) == ["c1"]
    assert wake_ups(store) == 1
    assert store.ttl(message_key(sent.id)) > 29 * 86_400
    assert store.ttl(inbox_key("c1")) > 29 * 86_400


def test_the_wake_up_holds_no_customer_text(redis_url: str, desk: SupportDesk) -> None:
    """RQ's logs and dashboards show job arguments: there are none."""
    desk.notify(message("my card number is 1234"))
    raw = Redis.from_url(redis_url)
    job = Queue(QUEUES["normal"], connection=raw, serializer="json").jobs[0]  # type: ignore[index]
    assert (job.func_name, job.args, job.kwargs) == (ROUTE, [], {})
    assert "1234" not in repr(raw.hgetall(job.key))


def test_the_same_id_again_changes_nothing(desk: SupportDesk, store: Redis) -> None:
    """A backend that is not sure pushes again."""
    for _ in range(2):
        desk.notify(message(id="m1", conversation_id="c1"))
    assert store.llen(inbox_key("c1")) == 1


def test_two_producers_at_once_with_one_id_are_accepted_once(
    desk: SupportDesk, store: Redis
) -> None:
    """Whichever of many simultaneous pushes wins, the conversation holds the message once."""
    start = threading.Barrier(16)

    def push(_: int) -> str:
        start.wait()
        return desk.notify(message(id="same", conversation_id="c1"))

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(push, range(16))) == {"same"}
    assert store.llen(inbox_key("c1")) == 1


def test_a_batch_keeps_its_order_and_wakes_once(
    desk: SupportDesk, store: Redis, inbox: Inbox
) -> None:
    """notify_many needs one wake-up, in the queue of its most urgent message."""
    batch = [message(f"{n}", conversation_id="c1") for n in range(200)]
    batch.append(message(conversation_id="c2", priority="urgent"))
    assert desk.notify_many(batch) == [m.id for m in batch]
    assert [entry[1] for entry in inbox("c1")] == [m.id for m in batch[:200]]
    assert store.zrange(ACCEPTED, 0, 0) == ["c2"]
    assert (wake_ups(store, "urgent"), wake_ups(store, "normal")) == (1, 0)


def test_an_empty_batch_is_nothing(desk: SupportDesk, store: Redis) -> None:
    """No message, no wake-up."""
    assert desk.notify_many([]) == []
    assert store.dbsize() == 0


def test_a_batch_too_large_says_how_to_push_it(desk: SupportDesk, store: Redis) -> None:
    """More than 1,000 are refused before anything is written."""
    with pytest.raises(ValueError, match="several calls"):
        desk.notify_many([message()] * 1_001)
    assert store.dbsize() == 0


def test_redis_away_raises_one_error_in_time(free_port: int) -> None:
    """The backend learns within its time-out that nobody took the message."""
    with pytest.raises(DeskUnavailable, match="keep it and push it again"):
        SupportDesk(f"redis://127.0.0.1:{free_port}/0").notify(message())


def test_a_frozen_redis_raises_in_time(own_valkey: Valkey) -> None:
    """A Redis that takes connections and never answers does not hold up the backend."""
    desk = SupportDesk(own_valkey.url, timeout_s=0.4)
    desk.notify(message())
    own_valkey.freeze()
    began = time.monotonic()
    with pytest.raises(DeskUnavailable):
        desk.notify(message())
    assert time.monotonic() - began < 30  # not for ever; the exact time is the machine's business
    own_valkey.thaw()


@pytest.mark.parametrize(
    "command",
    [["CONFIG", "SET", "maxmemory", "1"], ["REPLICAOF", "127.0.0.1", "1"]],
    ids=["out of memory", "read-only replica"],
)
def test_a_redis_that_cannot_write_raises_and_keeps_nothing(
    own_valkey: Valkey, command: list[str]
) -> None:
    """Out of memory or read-only: the one documented error, and nothing half accepted."""
    store = Redis.from_url(own_valkey.url, decode_responses=True)
    store.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py gives it no types
    with pytest.raises(DeskUnavailable):
        SupportDesk(own_valkey.url).notify(message(id="m1"))
    assert store.keys("onduty:*") == []
    assert store.keys("rq:queue:*") == []


def test_the_same_object_goes_through_after_a_restart(own_valkey: Valkey) -> None:
    """Keep the message, push it again when Redis is back: it is accepted once."""
    desk, kept = SupportDesk(own_valkey.url), message(conversation_id="c1")
    desk.notify(message())
    own_valkey.kill()
    with pytest.raises(DeskUnavailable):
        desk.notify(kept)
    own_valkey.start()
    assert desk.notify(kept) == desk.notify(kept) == kept.id
    assert Redis.from_url(own_valkey.url).llen(inbox_key("c1")) == 1


async def test_the_async_desk_keeps_the_same_promises(backends_url: str, inbox: Inbox) -> None:
    """One loop, many pushes, each accepted."""
    async with AsyncSupportDesk(backends_url) as desk:
        one = await desk.notify(message(conversation_id="c1"))
        many = await desk.notify_many([message(conversation_id="c1") for _ in range(3)])
    assert [entry[1] for entry in inbox("c1")] == [one, *many]


def test_notify_can_wait_until_a_replica_has_it(with_replica: tuple[Valkey, Valkey]) -> None:
    """With wait_replicas, a failover loses nothing that notify returned for."""
    master, replica = with_replica
    desk = SupportDesk(master.url, wait_replicas=1, timeout_s=20)
    sent = desk.notify(message())
    assert Redis.from_url(replica.url).exists(message_key(sent))
    replica.kill()
    kept = message(conversation_id="c1")
    with pytest.raises(DeskUnavailable, match="0 of 1 replicas"):
        SupportDesk(master.url, wait_replicas=1, timeout_s=3).notify(kept)
    replica.start()
    assert desk.notify(kept) == kept.id
    assert Redis.from_url(replica.url).llen(inbox_key("c1")) == 1


def test_the_script_counts_what_is_new(redis_url: str) -> None:
    """A message that is handed over again is none."""
    one, two = message(id="m1"), message(id="m2")
    with Redis.from_url(redis_url) as raw:
        for messages, new in (([one, two], 2), ([one], 0)):
            arguments = script_arguments(messages, timedelta(days=1))
            assert raw.eval(SCRIPT, 0, *arguments) == new
