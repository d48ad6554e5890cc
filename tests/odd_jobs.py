"""The odd shapes that a producer, or anybody who can write to Redis, gives RQ's jobs."""

import json
import pickle
import zlib
from dataclasses import dataclass

from onduty.wire import NOTIFY_OPERATORS

MESSAGE = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}
NOW = b"2026-11-26T12:00:00.000000Z"


@dataclass(frozen=True)
class Shape:
    """A job's hash that differs from what RQ writes, and what should become of it."""

    name: str
    fields: dict[bytes, bytes]
    reason: str = ""
    """Why it stands on the failed list; empty: it is a message like any other."""


def call(function: object = NOTIFY_OPERATORS, args: object = None, kwargs: object = None) -> bytes:
    args = [MESSAGE] if args is None else args
    return json.dumps([function, None, args, {} if kwargs is None else kwargs]).encode()


def readable(name: str, **fields: bytes) -> Shape:
    """A job with a good message, and something odd beside it."""
    usual = {b"data": call(), b"created_at": NOW, b"origin": b"onduty-normal", b"status": b"queued"}
    return Shape(name, usual | {key.encode(): value for key, value in fields.items()})


def unusable(name: str, data: bytes | None, reason: str) -> Shape:
    usual = {b"created_at": NOW, b"origin": b"onduty-normal", b"status": b"queued"}
    return Shape(name, usual if data is None else usual | {b"data": data}, reason)


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


READABLE = [
    readable("plain JSON by hand"),
    readable("compressed", data=zlib.compress(call())),
    readable("with a byte order mark", data=b"\xef\xbb\xbf" + call()),
    Shape("nothing but data", {b"data": call()}),
    readable("PHP's date('c')", created_at=b"2026-11-26T12:00:00+01:00"),
    readable("Python's isoformat()", created_at=b"2026-11-26T12:00:00.123456+00:00"),
    readable("Python's isoformat() without a zone", created_at=b"2026-11-26T12:00:00.123456"),
    readable("Go's RFC3339Nano", created_at=b"2026-11-26T12:00:00.123456789Z"),
    readable("a date by seconds", created_at=b"1764158400"),
    readable("no date", created_at=b"yesterday"),
    readable("an unknown status", status=b"pending"),
    readable("no status", status=b""),
    readable("a bad enqueued_at", enqueued_at=b"2026-11-26 12:00"),
    readable("a bad started_at", started_at=b"soon"),
    readable("a bad ended_at", ended_at=b"\xff\xfe"),
    readable("a bad last_heartbeat", last_heartbeat=b"-"),
    readable("a bad timeout", timeout=b"an hour"),
    readable("a timeout below 0", timeout=b"-5"),
    readable("a bad result_ttl", result_ttl=b"forever"),
    readable("a result_ttl without an end", result_ttl=b"-1"),
    readable("a bad failure_ttl", failure_ttl=b"1.5"),
    readable("a bad ttl", ttl=b"x"),
    readable("bad retries_left", retries_left=b"many"),
    readable("bad retry_intervals", retries_left=b"3", retry_intervals=b"[1,"),
    readable("bad repeats", repeats_left=b"x", repeat_intervals=b"{}"),
    readable("a million repeats", repeats_left=b"1000000", repeat_intervals=b"[0]"),
    readable("bad dependencies", dependency_ids=b"[1,", allow_dependency_failures=b"maybe"),
    readable("a dependency that is not there", dependency_id=b"nothing"),
    readable("a bad group_id", group_id=b"\xff"),
    readable("a bad origin", origin=b"\xff\xfe"),
    readable("another origin", origin=b"default"),
    readable("a bad worker_name", worker_name=b"\xc3"),
    readable("a bad description", description=b"\xff"),
    readable("bad callbacks", success_callback_name=b"\xff", success_callback_timeout=b"x"),
    readable("bad webhooks", webhooks=b"[{}]"),
    readable("bad meta", meta=b"\x80\x04"),
    readable("a bad result", result=b"\xff", exc_info=b"\xff"),
    readable("a bad rate limit", rate_limit_key=b"\xff", rate_limit_concurrency=b"x"),
    readable("a bad enqueue_at_front", enqueue_at_front=b"yes", enqueue_at_front_on_retry=b"?"),
    readable("a field that is no UTF-8", x=b"\xff"),
    Shape("a field's name that is no UTF-8", {b"data": call(), b"\xff\xfe": b"x"}),
    readable("kwargs of null", data=call(kwargs=[])),
    readable("the message by name", data=call(args=[], kwargs={"message": MESSAGE})),
    readable("its fields by name", data=call(args=[], kwargs=MESSAGE)),
    readable(
        "a file of a size beyond all numbers",
        data=call(args=[MESSAGE | {"attachments": []}]).replace(
            b'"attachments": []',
            b'"attachments": [{"url": "https://a.example/f", "file_name": "f", "size": 1%s}]'
            % (b"0" * 400),
        ),
    ),
    readable(
        "a size of more digits than Python reads",
        data=call().replace(b'"text"', b'"unknown": 1%s, "text"' % (b"0" * 5000)),
    ),
    readable("NaN where nobody looks", data=call().replace(b'"text"', b'"unknown": NaN, "text"')),
]

UNUSABLE = [
    unusable("no data", None, "the job has no `data`"),
    unusable("empty data", b"", "the job has no `data`"),
    unusable("pickled", pickle.dumps((NOTIFY_OPERATORS, None, (MESSAGE,), {})), "is pickled"),
    unusable("no JSON", b"{", "is no JSON"),
    unusable("no UTF-8", b"\xff\xfe\xfd", "is no JSON"),
    unusable("half a compressed one", zlib.compress(call())[:-9], "is no JSON"),
    unusable("nested too deeply", deep(200_000), "is no JSON"),
    unusable("a bomb", zlib.compress(b" " * 64 * 1024 * 1024, 1), "is larger than 8 MB"),
    unusable("a number", b"17", "JSON of another form"),
    unusable("null", b"null", "JSON of another form"),
    unusable("the message alone", json.dumps(MESSAGE).encode(), "JSON of another form"),
    unusable("three parts", b'["a", null, []]', "JSON of another form"),
    unusable("a function that is a list", call(["a"]), "something that is no name"),
    unusable("a function that is null", b"[null, null, [], {}]", "something that is no name"),
    unusable("another function", call("shop.tell"), "it calls 'shop.tell'"),
    unusable("args of null", b'["%s", null, null, {}]' % NOTIFY_OPERATORS.encode(), "one argument"),
    unusable("args of a number", call(args=17), "one argument"),
    unusable("args of a text", call(args="Hello"), "one argument"),
    unusable("no argument", call(args=[]), "one argument"),
    unusable("two arguments", call(args=[MESSAGE, "now"]), "one argument"),
    unusable("an argument and one by name", call(kwargs={"urgent": True}), "one argument"),
]

BROKEN_MESSAGES = [
    unusable(
        "a message without a name", call(args=[{"txt": "x"}]), "customer_name: Field required"
    ),
    unusable("a message that is a text", call(args=["Hello"]), "message: "),
    unusable("a message of null", call(args=[None]), "message: "),
    unusable("a message of a number", call(args=[17]), "message: "),
    unusable("half an emoji for an id", call(args=[MESSAGE | {"id": "\ud83d"}]), "id: "),
    unusable("deep in a field", call(args=[MESSAGE | {"text": json.loads(deep(500))}]), "text: "),
    unusable("infinity", call(args=[MESSAGE | {"sent_at": float("inf")}]), "sent_at: "),
]

ALL = [*READABLE, *UNUSABLE, *BROKEN_MESSAGES]
