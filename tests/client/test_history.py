"""What both sides of a conversation wrote, as a backend reads it."""

import json
from pathlib import Path

import jsonschema
import pytest
from redis import Redis

from onduty import (
    AsyncSupportDesk,
    DeskMisconfigured,
    DeskUnavailable,
    HistoryEntry,
    SupportDesk,
)
from onduty.cli import main
from onduty.history import history_schema
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import history_key
from users import as_user

SCHEMA = Path(__file__).parents[2] / "docs" / "history.schema.json"
WROTE = {
    "kind": "message",
    "id": "m1",
    "place": 1,
    "author": {"name": "Alice"},
    "text": "Where is my parcel? 👋🏽",
    "at": "2026-11-27T14:00:00.000Z",
}
ANSWERED = {
    **WROTE,
    "kind": "reply",
    "id": "r1",
    "author": {"id": 101, "name": "Anna"},
    "html": "On its way",
    "text": "On its way",
    "status": "delivered",
}


def put(store: Redis, *entries: dict[str, object]) -> None:
    store.rpush(history_key("c1"), *(json.dumps(entry) for entry in entries))


def test_a_newer_desk_may_write_more(desk: SupportDesk, store: Redis) -> None:
    """Fields and kinds that this version does not know."""
    put(store, {**WROTE, "mood": "fine", "version": 2}, {**ANSWERED, "kind": "note"})
    first, second = desk.history("c1")
    assert first == HistoryEntry.model_validate({**WROTE, "version": 2})
    assert (second.kind, second.author.id) == ("note", 101)


async def test_asked_from_a_task_it_is_the_same(store: Redis, backends_url: str) -> None:
    """With the rights of a backend."""
    put(store, WROTE)
    async with AsyncSupportDesk(backends_url) as desk:
        assert await desk.history("c1") == [HistoryEntry.model_validate(WROTE)]
        assert await desk.history("c2") == []


@pytest.mark.parametrize("written", ["", "no JSON", "{}", '{"kind": "message"}'])
def test_what_another_program_wrote_is_refused(
    desk: SupportDesk, store: Redis, written: str
) -> None:
    """A retry does not help; the error shows no words."""
    store.rpush(history_key("c1"), json.dumps(WROTE), written)
    with pytest.raises(DeskMisconfigured, match="is not what the desk writes") as refused:
        desk.history("c1")
    assert "parcel" not in str(refused.value)


def test_a_backend_can_only_read_it(redis_url: str, desk: SupportDesk, store: Redis) -> None:
    """By the rights of its user; and an id that no message can have is refused."""
    store.set(history_key("c2"), "of another type")
    with pytest.raises(DeskMisconfigured):
        desk.history("c2")
    with pytest.raises(Exception, match="permission"):
        Redis.from_url(as_user(redis_url, "onduty-backend")).rpush(history_key("c1"), "1")
    with pytest.raises(ValueError, match="conversation_id"):
        desk.history("")


async def test_the_fakes_return_what_the_test_has_put_there() -> None:
    """And are away when they are told to be."""
    known = HistoryEntry.model_validate(WROTE)
    fake, waiting = FakeSupportDesk(), AsyncFakeSupportDesk()
    for one in (fake, waiting.fake):
        one.histories["c1"] = [known]
    assert fake.history("c1") == await waiting.history("c1") == [known]
    assert fake.history("c2") == []
    with pytest.raises(ValueError, match="conversation_id"):
        fake.history("")
    fake.available = False
    with pytest.raises(DeskUnavailable):
        fake.history("c1")


def test_the_documented_schema_is_the_models() -> None:
    """docs/history.schema.json is generated: `onduty schema history > …`."""
    assert json.loads(SCHEMA.read_text()) == history_schema()
    for entry in (WROTE, ANSWERED, {**WROTE, "newer": 1}):
        jsonschema.validate(entry, history_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**WROTE, "place": -1}, history_schema())


def test_a_shell_exports_it(
    redis_url: str, store: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON, each entry as the schema has it; of one that is not known it says so."""
    put(store, WROTE, ANSWERED)
    assert main(["export", "c1", "--redis", redis_url]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in exported] == ["m1", "r1"]
    for entry in exported:
        jsonschema.validate(entry, history_schema())
    assert main(["export", "c2", "--redis", redis_url]) == 1
    assert capsys.readouterr() == ("", "nothing is known of this conversation\n")
