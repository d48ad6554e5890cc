"""Whatever comes as an RQ job: a message, or a sentence on the failed list, never an error."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from odd_jobs import MESSAGE
from onduty.wire import NOTIFY_OPERATORS, ROUTE
from onduty_desk.failures.failures import Failures
from onduty_dispatcher.jobs import Jobs, message_id_of
from onduty_dispatcher.wake_ups.held_jobs import HeldJob
from onduty_dispatcher.wake_ups.rq_data import Missing, Pushed, Unusable, WakeUp, asks_of

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.just(10**400)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(), max_size=300)  # halves of characters, too
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "id",
        "conversation_id",
        "text",
        "customer_name",
        "recipient",
        "reply_url",
        "group",
        "priority",
        "attachments",
        "details",
        "sent_at",
        "version",
        "unknown",
    ]
)
FILES = st.lists(
    st.fixed_dictionaries({"url": VALUES | st.just("https://a.example/f"), "file_name": VALUES})
    | st.fixed_dictionaries(
        {"url": st.just("https://a.example/f"), "file_name": st.just("f"), "size": SCALARS}
    ),
    max_size=3,
)
MESSAGES = VALUES | st.builds(
    lambda odd, files: MESSAGE | odd | files,
    st.dictionaries(FIELDS, VALUES, max_size=3),
    st.just({}) | st.builds(lambda listed: {"attachments": listed}, FILES),
)
CALLS = st.tuples(
    st.sampled_from([NOTIFY_OPERATORS, NOTIFY_OPERATORS, ROUTE]) | VALUES,
    VALUES,
    st.lists(MESSAGES, max_size=2) | VALUES,
    st.just({}) | VALUES,
)
DATA = st.binary(max_size=200) | st.builds(lambda call: json.dumps(call).encode(), CALLS | VALUES)
HASHES = st.dictionaries(st.binary(max_size=12), st.binary(max_size=40), max_size=5)


class Sender:
    def wake(self) -> None:
        """Nobody sends here."""


@settings(max_examples=300, deadline=None)
@given(HASHES, DATA)
def test_every_job_is_read(fields: dict[bytes, bytes], data: bytes) -> None:
    """Whatever stands in its hash, and in its data."""
    assert isinstance(asks_of(fields), Missing | Unusable)
    asks = asks_of(fields | {b"data": data})
    assert isinstance(asks, WakeUp | Pushed | Unusable)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(job_id=st.binary(min_size=1, max_size=80), message=MESSAGES)
async def test_every_message_is_accepted_or_told(
    redis: Redis, router: object, job_id: bytes, message: object
) -> None:
    """Accepted under its id, or on the failed list with a sentence; never an error."""
    await redis.flushall()
    jobs = Jobs(redis, router, Sender(), Failures(redis))  # type: ignore[arg-type]
    data = json.dumps([NOTIFY_OPERATORS, None, [message], {}]).encode()
    job = HeldJob("onduty-normal", job_id, asks_of({b"data": data}))
    if await jobs.take(job):
        assert len(await redis.keys("onduty:message:*")) == 1
        assert await Failures(redis).all() == {}
    else:
        (failure_id,) = await Failures(redis).all()
        assert failure_id == f"message-{message_id_of(job.id)}"
        assert await redis.keys("onduty:message:*") == []
