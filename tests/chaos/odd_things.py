"""What no producer and no person should send, and somebody does: odd RQ jobs, odd updates."""

import asyncio
import json
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos.copies import customer
from chaos.plan import Plan
from chaos.producers import Accepted
from onduty import Priority
from onduty.wire import NOTIFY_OPERATORS, QUEUES
from onduty_sandbox.client import Sandbox
from onduty_sandbox.wire.json_types import Json

QUEUE = QUEUES[Priority.NORMAL]
FIRST = 900_001
"""Their numbers among the messages of plain RQ jobs."""

READABLE: tuple[dict[str, str], ...] = (
    {"created_at": "2026-11-26T12:00:00+01:00"},
    {"created_at": "2026-11-26T12:00:00.123456789Z", "status": "pending"},
    {"enqueued_at": "soon", "timeout": "an hour", "result_ttl": "forever"},
    {"retries_left": "many", "dependency_ids": "[1,"},
)
"""Fields that RQ would stumble over, beside a good message."""

UNUSABLE: tuple[str | bytes, ...] = (
    json.dumps(["shop.tell", None, [], {}]),
    json.dumps([NOTIFY_OPERATORS, None, None, {}]),
    json.dumps([NOTIFY_OPERATORS, None, [{"txt": "x"}], {}]),
    json.dumps([NOTIFY_OPERATORS, None, [{}, {}], {}]),
    json.dumps([["a"], None, [], {}]),
    "17",
    "{",
    pickle.dumps((NOTIFY_OPERATORS, None, ({},), {})),
)

UPDATES: tuple[tuple[str, Json], ...] = (
    ("poll", {"id": "1", "question": "Lunch?", "options": []}),
    ("quantum", {"state": None}),
    ("message", {"message_id": 1}),
    ("message", {"message_id": "x", "date": "today", "chat": {"id": 901, "type": "private"}}),
    ("callback_query", {"id": "1", "data": None}),
    ("my_chat_member", {}),
)


@dataclass
class OddThings:
    """All of a run."""

    plan: Plan
    redis: Redis
    sandbox: Sandbox
    accepted: list[Accepted] = field(default_factory=list)
    """Odd jobs whose message is a message like any other."""
    unusable: list[str] = field(default_factory=list)
    """Jobs that must stand on the failed list, each by itself."""
    updates: int = 0

    async def come(self) -> None:
        """Push and write them now and then, until cancelled."""
        chance = self.plan.chance("odd things")
        while True:
            await asyncio.sleep(chance.uniform(*self.plan.between_odd_things_s))
            match chance.choices(("readable", "unusable", "update"), (2, 3, 2))[0]:
                case "readable":
                    await self._push_readable(chance)
                case "unusable":
                    job = f"odd-{len(self.unusable)}"
                    if await self._push(job, {"data": chance.choice(UNUSABLE)}):
                        self.unusable.append(job)
                case _:
                    await self.sandbox.odd_update(*chance.choice(UPDATES))
                    self.updates += 1

    async def _push_readable(self, chance: Random) -> None:
        number = FIRST + len(self.accepted)
        name = f"rq-{number}"
        message = {
            "id": name,
            "text": f"[{name}] Where is it?",
            "customer_name": customer(name),
            "recipient": "The Shop",
        }
        call = json.dumps([NOTIFY_OPERATORS, None, [message], {}])
        if await self._push(f"readable-{number}", {"data": call, **chance.choice(READABLE)}):
            self.accepted.append(
                Accepted(name, name, number, (name,), time.time(), is_ordered=False)
            )

    async def _push(self, job: str, fields: Mapping[str, str | bytes]) -> bool:
        """Write it as one does by hand, in one transaction; False when Redis did not take it."""
        try:
            async with self.redis.pipeline(transaction=True) as transaction:
                transaction.sadd("rq:queues", f"rq:queue:{QUEUE}")
                transaction.hset(f"rq:job:{job}", "origin", QUEUE)
                for name, value in fields.items():
                    transaction.hset(f"rq:job:{job}", name, value)
                transaction.rpush(f"rq:queue:{QUEUE}", job)
                await transaction.execute()
        except (RedisError, OSError):
            return False
        return True


def untold(odd: OddThings, failures: dict[str, dict[str, object]]) -> list[str]:
    """Return the jobs that were dropped in silence."""
    told = {str(failure.get("job", "")) for failure in failures.values()}
    told |= set(failures)
    return [
        job for job in odd.unusable if not any(job == it or it.endswith(f"-{job}") for it in told)
    ]
