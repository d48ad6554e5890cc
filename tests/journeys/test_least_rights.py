"""The whole desk under the users of deploy/redis/users.acl, each process with its own rights."""

import asyncio
import json

import pytest
from redis.asyncio import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from onduty import CustomerMessage, SupportDesk
from onduty.cli import main
from onduty.wire import EVENTS_QUEUE, NOTIFY_OPERATORS
from onduty_desk.failures.failures import Failures
from onduty_desk.process.connection import connect, connect_blocking
from users import as_user
from waiting import until

from .conftest import Desk

MESSAGE = {"customer_name": "Alice", "recipient": "The Shop", "conversation_id": "c1"}


async def test_the_desk_works_and_redis_refuses_nothing(
    desk: Desk, redis: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sign in, push by the client and by RQ alone, claim, events, close, look: ACL LOG is empty."""
    await redis.execute_command("ACL", "LOG", "RESET")  # type: ignore[no-untyped-call]  # redis-py's
    desk.environment["ONDUTY_EVENTS_JOB"] = "shop.on_event"
    await desk.start("bot", ONDUTY_REDIS_URL=as_user(redis_url, "onduty-bot"))
    await desk.start("dispatcher", ONDUTY_REDIS_URL=as_user(redis_url, "onduty-dispatcher"))
    anna = await desk.operator(101, "Anna")
    backend = SupportDesk(as_user(redis_url, "onduty-backend"))
    text = {"text": "Where is my parcel?"}
    await asyncio.to_thread(backend.notify, CustomerMessage.model_validate({**MESSAGE, **text}))
    card = await anna.wait_for("Where is my parcel?")
    await anna.tap(card.message_id, "🙋 I'll answer")
    with connect_blocking(as_user(redis_url, "onduty-rq-backend")) as alone:
        queue = Queue("onduty-normal", connection=alone, serializer=JSONSerializer)
        await asyncio.to_thread(queue.enqueue, NOTIFY_OPERATORS, {**MESSAGE, "text": "Hello?"})
    await anna.wait_for("Hello?")
    await asyncio.to_thread(backend.touch, "c1")
    await asyncio.to_thread(backend.close, "c1")
    await until(lambda: redis.llen(f"rq:queue:{EVENTS_QUEUE}"), equals=2)  # claimed, closed

    sre = as_user(redis_url, "onduty-sre")
    async with connect(sre) as looking:
        lost = {"kind": "message", "job": "j", "reason": "x", "message": {**MESSAGE, **text}}
        await Failures(looking).record("message-j", lost)
    for command in (
        ("operators", "list"),
        ("health", "bot"),
        ("status",),
        ("failed", "list"),
        ("failed", "retry", "message-j"),
        ("operators", "remove", "101"),
        ("adopt", desk.environment["ONDUTY_BOT_TOKEN"].partition(":")[0]),
    ):
        assert await asyncio.to_thread(main, [*command, "--redis", sre]) == 0
    await asyncio.to_thread(main, ["doctor", "--json", "--redis", sre])
    printed = capsys.readouterr().out.splitlines()
    found = {json.loads(line)["name"] for line in printed if line.startswith("{")}
    assert not {name for name in found if name.startswith("redis.")} - {"redis.seldom_synced"}
    denied = await redis.execute_command("ACL", "LOG")  # type: ignore[no-untyped-call]  # redis-py's
    assert [str(entry) for entry in denied if "config" not in str(entry)] == []
