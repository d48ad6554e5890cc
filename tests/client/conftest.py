"""A backend's desk, and what it leaves in Redis."""

import json
from collections.abc import Callable

import pytest
from redis import Redis

from onduty import SupportDesk
from onduty.wire import inbox_key
from users import as_user

Inbox = Callable[[str], list[list[str]]]


@pytest.fixture
def desk(backends_url: str) -> SupportDesk:
    return SupportDesk(backends_url)


@pytest.fixture
def backends_url(redis_url: str) -> str:
    """The Redis as a backend reaches it: by a user with the least rights."""
    return as_user(redis_url, "onduty-backend")


@pytest.fixture
def store(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, decode_responses=True)


@pytest.fixture
def inbox(store: Redis) -> Inbox:
    """Read what was accepted for a conversation and waits for a dispatcher."""
    return lambda conversation_id: [
        json.loads(entry) for entry in store.lrange(inbox_key(conversation_id), 0, -1)
    ]
