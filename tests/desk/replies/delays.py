"""Answers that are sent a while after they were written, with nobody who looks at Telegram."""

from datetime import timedelta
from itertools import count

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.words import ChangeResult
from onduty_desk.replies.replying import Replies, Verb

DELAY = timedelta(seconds=10)
OVER = timedelta(seconds=11)
DELAYED = Rules(
    buttons_rest=timedelta(0), release_delay=timedelta(0), topics=True, send_after=DELAY
)
_updates = count(7_000)


async def change(
    redis: Redis, verb: Verb, message: int = 20, *, text: str = "", update: int | None = None
) -> ChangeResult:
    """Let operator 1 change an answer, or take it back."""
    update_id = next(_updates) if update is None else update
    return await Replies(redis, DELAYED).change(
        verb, OperatorId(1), ChatId(1), message, update_id=update_id, text=text, html=text
    )


async def happened(redis: Redis) -> list[str]:
    """Return the events of c1 in order; of an answer its text."""
    found = [str(one) for one in await redis.lrange("onduty:events:c1", 0, -1)]
    return [_field(one, "text") or _field(one, "type") for one in found]


def _field(event: str, name: str) -> str:
    return event.partition(f'"{name}":"')[2].partition('"')[0]


async def left(redis: Redis) -> list[str]:
    """Return what is not sent yet, in order, and nothing else that is kept of it."""
    places = [str(one) for one in await redis.zrange("onduty:replies-delayed", 0, -1)]
    assert sorted(await redis.zrange("onduty:delayed-of:c1", 0, -1)) == sorted(places)
    return places
