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
from onduty.wire import NOTIFY_OPERATORS, REPORTS, availability_key, history_key
from users import as_user

from .conftest import Inbox
from .test_availability import WRITTEN
from .test_events import OWN_FIELDS, json_of
from .test_history import ANSWERED, WROTE

BACKEND = Path(__file__).parents[2] / "docs" / "backend.md"
REDIS_URL = "redis://127.0.0.1:6379/0"


def section(title: str) -> str:
    return BACKEND.read_text().split(f"## {title}\n")[1].split("\n## ")[0]


def run(title: str, names: dict[str, Any], redis_url: str = REDIS_URL) -> None:
    """Run the section's Python, with `names` around it, on this Redis."""
    for code in re.findall(r"```python\n(.*?)```", section(title), re.DOTALL):
        exec(code.replace(REDIS_URL, redis_url), names)  # noqa: S102 - our own documentation


def test_it_pushes_touches_prioritizes_and_closes(redis_url: str, inbox: Inbox) -> None:
    """One after the other, of one conversation."""
    names: dict[str, Any] = {}
    run("Push a message", names, as_user(redis_url, "onduty-backend"))
    run("Closed, answered elsewhere, or more urgent", names)
    said = [entry[0] for entry in inbox("chat-17")]
    assert said == ["message", "touch", "prioritize", "close"]
    assert inbox("chat-17")[0][1] == names["message_id"]
    names["desk"].disconnect()


def test_it_edits_and_retracts(redis_url: str, inbox: Inbox) -> None:
    """What it has pushed."""
    url = as_user(redis_url, "onduty-backend")
    names: dict[str, Any] = {}
    run("Push a message", names, url)
    run("Changed or taken back by the customer", names)
    assert [entry[0] for entry in inbox("chat-17")] == ["message", "edit", "retract"]
    names["desk"].disconnect()


def test_it_types_and_forgets(redis_url: str, inbox: Inbox) -> None:
    """Of one conversation."""
    names: dict[str, Any] = {"desk": SupportDesk(as_user(redis_url, "onduty-backend"))}
    run("Typing", names)
    run("A customer who is to be forgotten", names)
    assert inbox("chat-17") == [["forget"]]
    names["desk"].disconnect()


def test_it_asks_who_is_there(
    redis_url: str, store: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a customer reads at night, and by day."""
    names: dict[str, Any] = {"desk": SupportDesk(as_user(redis_url, "onduty-backend"))}
    for written in ({**WRITTEN, "available": 0}, WRITTEN):
        store.set(availability_key("support"), json.dumps(written))
        run("Is anybody there?", names)
    run("Is anybody there?", {"desk": FakeSupportDesk()})
    assert capsys.readouterr().out.splitlines() == [
        "We are not here now: your message waits for us",
        "4 before you; usually we are there within 25 s",
    ]
    names["desk"].disconnect()


def test_it_reads_what_was_written(
    redis_url: str, store: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without what was taken back, and what it does not know."""
    gone = {**WROTE, "text": "", "deleted_at": WROTE["at"]}
    for entry in (WROTE, gone, {**ANSWERED, "kind": "note"}, ANSWERED):
        store.rpush(history_key("chat-17"), json.dumps(entry))
    names: dict[str, Any] = {"desk": SupportDesk(as_user(redis_url, "onduty-backend"))}
    run("What was written", names)
    assert capsys.readouterr().out.splitlines() == [
        "Alice: Where is my parcel? 👋🏽",
        "Anna: On its way",
    ]
    names["desk"].disconnect()


def test_it_pushes_by_rq_alone(redis_url: str) -> None:
    """What a dispatcher's RQ reads is the message, and nothing of it is in the description."""
    run("Without the client: RQ alone", {}, as_user(redis_url, "onduty-rq-backend"))
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
        "show_to_customer": lambda chat, reply, text: shown.append((chat, reply, text)),
        "show_no_more": lambda chat, reply: shown.append((chat, reply)),
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
        ("c1", "r1", "On its way"),
        ("c1", "r1", "On its way!"),
        ("c1", "r1"),
        ("c1", "Anna is answering"),
        ("c1", "Somebody will answer soon"),
        ("c1", "Anna is answering"),
        ("c1", "Closed"),
        ("c1", "Nobody is here now; we will answer later"),
    ]


def test_it_reports_what_became_of_answers(redis_url: str, store: Redis) -> None:
    """In the order of the page."""
    run("Answers from Telegram", {"reply_id": "r1"}, as_user(redis_url, "onduty-backend"))
    said = [json.loads(entry) for entry in store.lrange(REPORTS, 0, -1)]
    assert [status for _, status, _ in said] == ["read", "failed"]


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
