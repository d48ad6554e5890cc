"""The oldest versions that the client claims to work with do."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from onduty.wire import EVENTS_QUEUE, message_key

CLIENT = Path(__file__).parents[2] / "shared" / "client"
OLDEST_RQ = "rq==2.6"  # of the backend's own, for pushing by RQ alone and for events
BACKEND = """
import asyncio, sys
from importlib.metadata import version
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from onduty import AsyncSupportDesk, CustomerMessage, SupportDesk
from onduty.connection import connect
from onduty.events import parse_event

url = sys.argv[1]
message = dict(text="Hello", customer_name="Alice", recipient="The Shop")
with SupportDesk(url) as desk:
    print(desk.notify(CustomerMessage(**message, details={"order": 4711})))
print(asyncio.run(AsyncSupportDesk(url).notify(CustomerMessage(**message))))
assert connect(url, timeout_s=9).ping()
queue = Queue("onduty-low", connection=Redis.from_url(url), serializer=JSONSerializer)
queue.enqueue("onduty_dispatcher.jobs.notify_operators", message, description="customer message")
(job,) = Queue("onduty-events", connection=Redis.from_url(url), serializer=JSONSerializer).jobs
print(parse_event(job.args[0]).type)
print(*(version(name) for name in ("pydantic", "redis", "rq")))
"""


def test_the_oldest_versions_push_and_receive(redis_url: str, tmp_path: Path) -> None:
    """Pydantic, redis and RQ as old as they may be, with the newest RQ on the other side."""
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    oldest = [dependency.replace(">=", "==") for dependency in project["dependencies"]]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    install = (*pip, "install", "--quiet", "--no-compile")
    subprocess.run([*install, *oldest, OLDEST_RQ], check=True, stderr=subprocess.DEVNULL)
    store = Redis.from_url(redis_url)
    event = {"type": "conversation.closed", "id": "1", "conversation_id": "c", "sequence": 1}
    Queue(EVENTS_QUEUE, store, serializer=JSONSerializer).enqueue(
        "backend.on_event", {**event, "occurred_at": "2026-11-23T05:37:01Z"}
    )
    done = subprocess.run(
        [python, "-c", BACKEND, redis_url],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CLIENT)},
    )
    one, other, kind, versions = done.stdout.splitlines()
    assert store.exists(message_key(one), message_key(other)) == 2
    assert kind == "conversation.closed"
    for version, wanted in zip(versions.split(), [*oldest, OLDEST_RQ], strict=True):
        assert re.match(re.escape(wanted.partition("==")[2]) + r"(\.0)*$", version)
    (pushed,) = Queue("onduty-low", store, serializer=JSONSerializer).jobs
    assert pushed.args[0]["text"] == "Hello"
