"""Other ways to do the same, each written as its users would write it."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from rq import Queue

from bench.place import TOKEN, Place, Process
from bench.words import card

QUEUE = "peer"
Messages = Sequence[tuple[int, Sequence[int]]]
"""Numbers of messages, each with its operators."""

Push = Callable[[Messages], None]
Pushing = Callable[[str], AbstractContextManager[Push]]
"""Opens a Redis for a backend that pushes; may be used by one thread after the other."""


@dataclass(frozen=True)
class Peer:
    """One of them."""

    name: str
    lacks: str
    program: tuple[str, ...]
    pushing: Pushing
    keeps_limit: bool = False

    async def start(self, place: Place, *, is_limited: bool = False) -> Process:
        """Start one worker process (dramatiq has a parent beside it) and give it time to listen."""
        process = await place.start(
            *self.program,
            is_quiet=True,
            PEER_LIMITED="1" if is_limited else "",
        )
        await asyncio.sleep(3)
        return process


def telegram_url() -> str:
    """Where a worker finds Telegram, as python-telegram-bot's `base_url`."""
    return f"{os.environ['ONDUTY_TELEGRAM_API_URL']}/bot"


def push_rq(function: str, *, is_one_each: bool = False) -> Pushing:
    """Return what enqueues one job for each message, or for each message and operator."""

    @contextmanager
    def pushing(redis_url: str) -> Iterator[Push]:
        with Redis.from_url(redis_url) as redis:
            queue = Queue(QUEUE, connection=redis)

            def push(messages: Messages) -> None:
                jobs = [
                    (card(n), told)
                    for n, operators in messages
                    for told in ([[one] for one in operators] if is_one_each else [list(operators)])
                ]
                for at in range(0, len(jobs), 1_000):
                    queue.enqueue_many(
                        [
                            Queue.prepare_data(function, job, result_ttl=0)
                            for job in jobs[at : at + 1_000]
                        ]
                    )

            yield push

    return pushing


@contextmanager
def push_saq(redis_url: str) -> Iterator[Push]:
    """Enqueue one saq job for each message and operator."""
    from saq.queue.redis import RedisQueue  # noqa: PLC0415 - only `make bench` installs it

    queue = RedisQueue(AsyncRedis.from_url(redis_url), name=QUEUE)

    async def enqueue(messages: Messages) -> None:
        jobs = [(operator, card(n)) for n, operators in messages for operator in operators]
        for at in range(0, len(jobs), 100):
            await asyncio.gather(
                *(
                    queue.enqueue("send", chat_id=operator, text=text, ttl=-1)
                    for operator, text in jobs[at : at + 100]
                )
            )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield lambda messages: asyncio.run_coroutine_threadsafe(enqueue(messages), loop).result()
    asyncio.run_coroutine_threadsafe(queue.disconnect(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@contextmanager
def push_dramatiq(redis_url: str) -> Iterator[Push]:
    """Enqueue one dramatiq message for each message and operator."""
    # The worker's module is also what a backend imports; it reads the environment.
    os.environ.update(
        ONDUTY_REDIS_URL=redis_url, ONDUTY_TELEGRAM_API_URL="", ONDUTY_BOT_TOKEN=TOKEN
    )
    from bench.peers import dramatiq_worker  # noqa: PLC0415 - only `make bench` installs it

    def push(messages: Messages) -> None:
        for n, operators in messages:
            for operator in operators:
                dramatiq_worker.send.send(operator, card(n))

    yield push


ARTICLE = Peer(
    "the article's loop in an RQ worker",
    "no order, no lease, no record, no retry; a 429 or a crash loses the rest of the loop",
    ("-m", "bench.peers.rq_worker"),
    push_rq("bench.peers.article.notify"),
)
FORKING = Peer(
    "stock forking RQ worker, new Bot per job",
    "no order, no lease, no record",
    ("-m", "bench.peers.rq_worker"),
    push_rq("bench.peers.forking.notify", is_one_each=True),
)
FORKING_MANY = Peer(
    "the same with a job per message that sends 20 at once",
    "no order, no lease, no record; a crash or a 429 loses or repeats a whole fan-out",
    ("-m", "bench.peers.rq_worker"),
    push_rq("bench.peers.forking.notify"),
)
SAQ = Peer(
    "saq, one shared PTB Bot, 20 at once",
    "no order, no record of who got what; its limiter is of one process and knows no chat",
    ("-m", "saq", "bench.peers.saq_worker.settings"),
    push_saq,
    keeps_limit=True,
)
DRAMATIQ = Peer(
    "dramatiq, 1 process of 20 threads, one shared PTB Bot",
    "no order, no record of who got what; its limiter is of one process and knows no chat",
    ("-m", "dramatiq", "bench.peers.dramatiq_worker", "--processes", "1", "--threads", "20"),
    push_dramatiq,
    keeps_limit=True,
)
PEERS = (ARTICLE, FORKING, FORKING_MANY, SAQ, DRAMATIQ)
