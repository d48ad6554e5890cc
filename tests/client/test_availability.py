"""Who is there for a group, as a backend reads it."""

import json
from pathlib import Path

import jsonschema
import pytest
from redis import Redis

from onduty import Availability, DeskMisconfigured, DeskUnavailable, SupportDesk
from onduty.availability import availability_schema
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import availability_key
from users import as_user

SCHEMA = Path(__file__).parents[2] / "docs" / "availability.schema.json"
WRITTEN = {
    "version": 1,
    "group": "support",
    "on_duty": 3,
    "available": 2,
    "free_places": None,
    "waiting": 4,
    "claimed_within_s": 25,
    "written_at": "2026-11-27T14:00:00.000Z",
}


def test_a_newer_desk_may_write_more(desk: SupportDesk, store: Redis) -> None:
    """What this version does not know is ignored."""
    store.set(availability_key("support"), json.dumps({**WRITTEN, "version": 2, "mood": "fine"}))
    assert desk.availability("support") == Availability.model_validate({**WRITTEN, "version": 2})


def test_where_nothing_is_written_nothing_is_known(desk: SupportDesk) -> None:
    """No such group, or no dispatcher for a minute."""
    assert desk.availability("support") is None
    assert desk.availability("half an emoji: \ud83d") is None


@pytest.mark.parametrize("written", ["", "no JSON", "{}", '{"group": "support"}'])
def test_what_another_program_wrote_is_refused(
    desk: SupportDesk, store: Redis, written: str
) -> None:
    """A retry does not help."""
    store.set(availability_key("support"), written)
    with pytest.raises(DeskMisconfigured, match="is not what the desk writes"):
        desk.availability("support")


def test_a_backend_can_only_read_it(redis_url: str, desk: SupportDesk, store: Redis) -> None:
    """By the rights of its user."""
    store.hset(availability_key("sales"), "of", "another type")
    with pytest.raises(DeskMisconfigured):
        desk.availability("sales")
    with pytest.raises(Exception, match="permission"):
        Redis.from_url(as_user(redis_url, "onduty-backend")).set(availability_key("support"), "1")


def test_a_desk_that_is_away_says_so() -> None:
    """As for every call."""
    with pytest.raises(DeskUnavailable):
        SupportDesk("redis://127.0.0.1:1/0").availability("support")


async def test_the_fakes_return_what_the_test_has_put_there() -> None:
    """And are away when they are told to be."""
    known = Availability.model_validate(WRITTEN)
    fake, waiting = FakeSupportDesk(), AsyncFakeSupportDesk()
    for one in (fake, waiting.fake):
        one.availabilities["support"] = known
    assert fake.availability() == await waiting.availability("support") == known
    assert fake.availability("sales") is None
    fake.available = False
    with pytest.raises(DeskUnavailable):
        fake.availability()


def test_the_documented_schema_is_the_models() -> None:
    """docs/availability.schema.json is generated: `onduty schema availability > …`."""
    assert json.loads(SCHEMA.read_text()) == availability_schema()
    jsonschema.validate({**WRITTEN, "newer": 1}, availability_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**WRITTEN, "waiting": -1}, availability_schema())
