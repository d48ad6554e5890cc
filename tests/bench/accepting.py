"""(e) How many messages a second a backend can hand over, beside pushing bytes and plain RQ."""

import statistics
import time
from collections.abc import Callable

from redis import Redis
from rq import Queue
from rq.queue import EnqueueData

from bench.place import Place
from bench.results import Part, Plot, Table, ratio
from bench.words import message
from onduty import CustomerMessage, SupportDesk

BATCH = 500
ROUNDS = 5
LACKS = {
    "notify, one by one": "–",
    "notify_many, 500 at once": "–",
    "RQ enqueue, one by one": "no order, no deduplication, no record of what was accepted",
    "RQ enqueue_many, 500 at once": "the same",
    "LPUSH, one by one": "everything: bytes in a list; nobody is woken",
    "LPUSH, pipelined by 500": "the same",
}


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Push from one process, all ways in turn, several times; the median counts."""
    await place.clear(latency_s=0)
    number = BATCH if is_quick else 4 * BATCH
    found: dict[str, list[float]] = {}
    with Redis.from_url(place.redis_url) as redis, SupportDesk(place.redis_url) as desk:
        queue = Queue("plain", connection=redis, serializer="json")
        for turn in range(1 if is_quick else ROUNDS):
            messages = [message(turn * number + n) for n in range(number)]
            redis.flushall()
            for name, push in _ways(redis, desk, queue).items():
                began = time.perf_counter()
                push(messages)
                found.setdefault(name, []).append(number / (time.perf_counter() - began))
                redis.flushall()
    rates = {name: statistics.median(of) for name, of in found.items()}
    floor = rates["LPUSH, pipelined by 500"]
    return Part(
        name="accepting",
        title="(e) Handing messages over",
        about=(
            "One process, no dispatcher running, the same messages; Redis writes its append-only "
            f"file (everysec). Median of {ROUNDS} rounds in turn."
        ),
        tables=[
            Table(
                title="Messages a second",
                columns=["", "messages a second", "of the floor", "what it does not do"],
                rows=[
                    [name, round(rate), f"{rate / floor:.1%}", LACKS[name]]
                    for name, rate in rates.items()
                ],
                note=(
                    "notify is "
                    + ratio(rates["notify, one by one"], rates["RQ enqueue, one by one"])
                    + " RQ's own enqueue, notify_many "
                    + ratio(
                        rates["notify_many, 500 at once"], rates["RQ enqueue_many, 500 at once"]
                    )
                    + " its enqueue_many."
                ),
            )
        ],
        plots=[
            Plot(
                name="accepting",
                title="Messages handed over by one process",
                x="",
                y="messages a second",
                kind="bars",
                is_log=True,
                series={"": list(rates.items())},
            )
        ],
    )


def _ways(
    redis: Redis, desk: SupportDesk, queue: Queue
) -> dict[str, Callable[[list[CustomerMessage]], object]]:
    def plain(one: CustomerMessage) -> EnqueueData:
        content = one.model_dump(mode="json")
        return Queue.prepare_data("peer.notify", (content,), result_ttl=0)

    def push_pipelined(messages: list[CustomerMessage]) -> None:
        with redis.pipeline(transaction=False) as pipeline:
            for one in messages:
                pipeline.lpush("floor", one.model_dump_json())
            pipeline.execute()

    ways = (
        _one_by_one(desk.notify),
        _by_batch(desk.notify_many),
        _one_by_one(
            lambda one: queue.enqueue("peer.notify", one.model_dump(mode="json"), result_ttl=0)
        ),
        _by_batch(lambda batch: queue.enqueue_many([plain(one) for one in batch])),
        _one_by_one(lambda one: redis.lpush("floor", one.model_dump_json())),
        _by_batch(push_pipelined),
    )
    return dict(zip(LACKS, ways, strict=True))


def _one_by_one(
    push: Callable[[CustomerMessage], object],
) -> Callable[[list[CustomerMessage]], object]:
    return lambda messages: [push(one) for one in messages]


def _by_batch(
    push: Callable[[list[CustomerMessage]], object],
) -> Callable[[list[CustomerMessage]], object]:
    return lambda messages: [
        push(messages[at : at + BATCH]) for at in range(0, len(messages), BATCH)
    ]
