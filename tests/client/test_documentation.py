"""What docs/backend.md shows, as it stands there, does what it says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from onduty import AsyncSupportDesk, CustomerMessage, SupportDesk
from onduty.events import parse_event
from onduty.testing import WEBHOOK_SECRET, FakeSupportDesk, event_job, signed_webhook
from onduty.wire import NOTIFY_OPERATORS

from .conftest import Inbox
from .test_events import OWN_FIELDS, json_of

BACKEND = Path(__file__).parents[2] / "docs" / "backend.md"
REDIS_URL = "redis://127.0.0.1:6379/0"


def section(title: str) -> str:
    return BACKEND.read_text().split(f"## {title}\n")[1].split("\n## ")[0]


def run(title: str, names: dict[str, Any], redis_url: str = REDIS_URL) -> None:
    """Run the section's Python, with `names` around it, on this Redis."""
    for code in re.findall(r"```python\n(.*?)```", section(title), re.DOTALL):
        exec(code.replace(REDIS_URL, redis_url), names)  # noqa: S102 - our own documentation


def test_it_pushes_touches_and_closes(redis_url: str, inbox: Inbox) -> None:
    """One after the other, of one conversation."""
    names: dict[str, Any] = {}
    run("Push a message", names, redis_url)
    run("Closed, or answered elsewhere", names)
    assert [entry[0] for entry in inbox("chat-17")] == ["message", "touch", "close"]
    assert inbox("chat-17")[0][1] == names["message_id"]
    names["desk"].disconnect()


def test_it_pushes_by_rq_alone(redis_url: str) -> None:
    """What a dispatcher's RQ reads is the message, and nothing of it is in the description."""
    run("Without the client: RQ alone", {}, redis_url)
    (job,) = Queue("onduty-normal", Redis.from_url(redis_url), serializer=JSONSerializer).jobs
    assert (job.func_name, job.description) == (NOTIFY_OPERATORS, "customer message")
    assert CustomerMessage.model_validate(job.args[0]).text == "Where is my parcel?"


@pytest.mark.skipif(
    not shutil.which("node") and not os.environ.get("CI"), reason="Node.js is not on this machine"
)
def test_it_pushes_from_another_language(redis_url: str) -> None:
    """Node.js without a package: RQ and the model read what it pushed, whatever the alphabet."""
    (code,) = re.findall(r"```js\n(.*?)```", section("From any language"), re.DOTALL)
    message = {"id": "m1", "text": "Где моя посылка? 👋🏽\r\n", "customer_name": "Алиса"}
    fields = json.dumps({**message, "recipient": "The Shop"})
    path = redis_url.removeprefix("unix://")
    code += f"push({fields}, {json.dumps(path)}).then(console.log);"
    code += 'push({}, "/nowhere.sock").catch((error) => console.log(error.code));'
    done = subprocess.run(["node", "-e", code], check=True, capture_output=True, text=True)  # noqa: S607 - Node.js of the machine
    refused, job_id = done.stdout.split()
    assert refused == "ENOENT"
    (job,) = Queue("onduty-normal", Redis.from_url(redis_url), serializer=JSONSerializer).jobs
    assert (job.id, job.func_name, job.origin) == (job_id, NOTIFY_OPERATORS, "onduty-normal")
    assert CustomerMessage.model_validate(job.args[0]).text == message["text"]
    assert "rq:queue:onduty-normal" in {queue.key for queue in Queue.all(job.connection)}


def test_it_receives_events() -> None:
    """Signed or as a job, each type into the arm that is meant for it."""
    shown: list[tuple[str, ...]] = []
    names: dict[str, Any] = {
        "secret": WEBHOOK_SECRET,
        "show_to_customer": lambda chat, text: shown.append((chat, text)),
        "show_status": lambda chat, status: shown.append((chat, status)),
    }
    run("Receiving events", names)
    for kind in OWN_FIELDS:
        event = parse_event(json_of(kind))
        assert names["receive"](*signed_webhook(event)) == 204
        names["on_event"](event_job(event))
        assert f"| `{kind}` | `{type(event).__name__}` |" in section("Receiving events")
    headers, body = signed_webhook(parse_event(json_of("reply.sent")))
    assert names["receive"](headers, body + b" ") == 400
    assert shown == [
        ("c1", "On its way"),
        ("c1", "Anna is answering"),
        ("c1", "Somebody will answer soon"),
        ("c1", "Anna is answering"),
        ("c1", "Closed"),
    ]


def test_its_tests_of_a_backend_pass() -> None:
    """With a backend that does what they are about."""

    def wrote(text: str, desk: FakeSupportDesk) -> None:
        desk.notify(CustomerMessage(text=text, customer_name="Alice", recipient="The Shop"))

    names: dict[str, Any] = {
        "my_backend": SimpleNamespace(
            customer_wrote=wrote,
            agent_answered=lambda chat, desk: desk.touch(chat),
            customer_thanked=lambda chat, desk: desk.close(chat),
        )
    }
    run("In your tests", names)
    tests = [name for name in names if name.startswith("test_")]
    assert len(tests) == section("In your tests").count("def test_")
    for test in tests:
        names[test]()


def test_what_it_says_of_the_desk_exists() -> None:
    """Every `desk.name(` of the page is a method of both desks."""
    called = set(re.findall(r"\bdesk\.(\w+)\(", BACKEND.read_text()))
    assert {"notify", "close", "touch", "disconnect"} <= called
    for desk in (SupportDesk, AsyncSupportDesk):
        assert called <= set(dir(desk))
