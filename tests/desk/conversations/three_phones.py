"""What three phones show of Alice's conversation, and which events it had."""

import json

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from onduty_desk.model.event_keys import events_key
from onduty_desk.model.keys import ConversationId

C1 = ConversationId("c1")
CLAIMED = "🟢 Alice · waits for your answer"


async def events(redis: Redis) -> list[tuple[str, dict[str, object]]]:
    found = [json.loads(event) for event in await redis.lrange(events_key(C1), 0, -1)]
    return [(event["type"].removeprefix("conversation."), event) for event in found]


async def first_lines(desk: Desk) -> list[str]:
    await desk.quiet()
    return [(await desk.card(operator)).text.splitlines()[0] for operator in (1, 2, 3)]


async def texts(desk: Desk) -> list[str]:
    await desk.quiet()
    return [(await desk.card(operator)).text for operator in (1, 2, 3)]


async def buttons(desk: Desk) -> list[list[str]]:
    await desk.quiet()
    return [(await desk.card(operator)).button_texts for operator in (1, 2, 3)]
