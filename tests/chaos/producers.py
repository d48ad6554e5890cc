"""Chat backends: each pushes its own conversations, in order, and keeps what Redis did not take."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from redis.exceptions import RedisError
from rq import Queue

from chaos.copies import customer
from chaos.plan import Plan
from onduty import CustomerMessage, DeskUnavailable, Priority, SupportDesk
from onduty.connection import connect
from onduty.wire import NOTIFY_OPERATORS, QUEUES

LONG_TEXT = "A long story. " * 450
"""More than one Telegram message holds: the card has two parts."""

MOST_AT_ONCE = 12
PAUSE_S = 0.1
PLAIN_RQ_SHARE = 10
"""So many times more messages come by notify."""

GIVE_UP_AFTER_S = 60.0


@dataclass(frozen=True)
class Accepted:
    """A message that `notify` took; its marks stand on the card, in this order."""

    message_id: str
    conversation_id: str
    number: int
    marks: tuple[str, ...]
    accepted_at: float
    is_ordered: bool
    is_urgent: bool = False


@dataclass
class Producers:
    """All producers of a run, a thread each; what they say is read when they have ended."""

    plan: Plan
    redis_url: str
    accepted: list[Accepted] = field(default_factory=list)
    unavailable: int = 0
    never_taken: int = 0

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._by_notify, args=(n,), daemon=True)
            for n in range(self.plan.producers)
        ]
        self._threads.append(threading.Thread(target=self._by_plain_rq, daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Push what is under way and no more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=GIVE_UP_AFTER_S + 10)

    def _by_notify(self, n: int) -> None:
        chance = self.plan.chance(f"producer {n}")
        mine = [f"c{n}{k:02}" for k in range(self.plan.conversations_each)]
        written = _writing(mine, chance)
        with SupportDesk(self.redis_url) as desk:
            for size in self._paced(self.plan.messages_per_second / self.plan.producers, chance):
                batch = [next(written) for _ in range(size)]
                if size == 1:
                    self._insist(lambda m=batch[0]: desk.notify(m), batch)  # type: ignore[misc]
                else:
                    self._insist(lambda b=batch: desk.notify_many(b), batch)  # type: ignore[misc]

    def _by_plain_rq(self) -> None:
        """Push as a backend that knows RQ alone; a message is a conversation of its own."""
        chance = self.plan.chance("plain RQ")
        written = _writing(["rq"], chance)
        queue = Queue(
            QUEUES[Priority.NORMAL],
            connection=connect(self.redis_url, timeout_s=2),
            serializer="json",
        )
        for _ in self._paced(self.plan.messages_per_second / PLAIN_RQ_SHARE, chance):
            message = next(written)
            fields = message.model_dump(mode="json")
            self._insist(
                lambda f=fields: queue.enqueue(  # type: ignore[misc]
                    NOTIFY_OPERATORS, f, description="customer message"
                ),
                [message],
                is_ordered=False,
            )

    def _paced(self, per_second: float, chance: Random) -> Iterator[int]:
        """Yield how many to push next: mostly one, now and then a handful at once."""
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            size = 1 if chance.random() < 0.9 else chance.randint(2, MOST_AT_ONCE)
            yield size
            due += size * chance.uniform(0.5, 1.5) / per_second

    def _insist(
        self,
        push: Callable[[], object],
        batch: Sequence[CustomerMessage],
        *,
        is_ordered: bool = True,
    ) -> None:
        give_up_at = time.monotonic() + GIVE_UP_AFTER_S
        while True:
            try:
                push()
            except (DeskUnavailable, RedisError):
                self.unavailable += 1
                if time.monotonic() > give_up_at:
                    self.never_taken += len(batch)
                    return
                time.sleep(PAUSE_S)
            else:
                now = time.time()
                self.accepted += [_accepted(m, now, is_ordered=is_ordered) for m in batch]
                return


def _writing(conversations: Sequence[str], chance: Random) -> Iterator[CustomerMessage]:
    numbers = dict.fromkeys(conversations, 0)
    while True:
        conversation = chance.choice(conversations)
        numbers[conversation] += 1
        name = f"{conversation}-{numbers[conversation]}"
        is_long = chance.random() < 0.01
        yield CustomerMessage(
            id=name,
            conversation_id=name if conversation == "rq" else conversation,
            text=f"[{name}] {LONG_TEXT}[{name}.end]" if is_long else f"[{name}] Where is it?",
            customer_name=customer(name if conversation == "rq" else conversation),
            recipient="The Shop",
            priority=chance.choices(tuple(Priority), (1, 6, 3))[0],
        )


def _accepted(message: CustomerMessage, now: float, *, is_ordered: bool) -> Accepted:
    is_long = message.text.endswith(".end]")
    return Accepted(
        message.id,
        message.conversation_id,
        int(message.id.rpartition("-")[2]),
        (message.id, f"{message.id}.end") if is_long else (message.id,),
        now,
        is_ordered,
        message.priority is Priority.URGENT,
    )
