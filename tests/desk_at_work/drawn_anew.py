"""Whether phones show what is so: what would be drawn now is drawn, and compared."""

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from onduty_desk.lua.loader import put_together
from onduty_desk.model.keys import ConversationId, copies_key

_DRAW_ALL = put_together("local edits = require 'phones'\nedits.request_all(ARGV[1])\n", "a test")

Shown = dict[tuple[int, int], tuple[str, list[str]]]
"""By operator and message: the first line, and the buttons."""


async def changed_when_drawn_anew(redis: Redis, desk: Desk) -> list[str]:
    """Draw all cards anew. Return those that say something else now: nobody had them drawn."""
    before = await _shown(desk)
    prefix = copies_key(ConversationId(""))
    async for key in redis.scan_iter(match=f"{prefix}*"):
        await redis.eval(_DRAW_ALL, 0, str(key).removeprefix(prefix))
    await desk.jobs.look()
    await desk.quiet()
    after = await _shown(desk)
    places = sorted(before.keys() | after.keys())
    return [
        f"{at}: {before.get(at)}, now {after.get(at)}"
        for at in places
        if before.get(at) != after.get(at)
    ]


async def _shown(desk: Desk) -> Shown:
    return {
        (operator, card.message_id or 0): (_without_time(card.text), card.button_texts)
        for operator in range(1, len(desk.phones) + 1)
        for card in await desk.cards(operator)
    }


def _without_time(text: str) -> str:
    return text.partition("\n")[0].partition(", waiting")[0]
