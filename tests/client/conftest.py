"""A backend's desk, and what it leaves in Redis."""

import json
from collections.abc import Callable

import pytest
from redis import Redis

from onduty import SupportDesk
from onduty.wire import inbox_key

Inbox = Callable[[str], list[list[str]]]


@pytest.fixture
def desk(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url)


@pytest.fixture
def store(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, decode_responses=True)


@pytest.fixture
def inbox(store: Redis) -> Inbox:
    """Read what was accepted for a conversation and waits for a dispatcher."""
    return lambda conversation_id: [
        json.loads(entry) for entry in store.lrange(inbox_key(conversation_id), 0, -1)
    ]
