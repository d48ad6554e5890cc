"""Telegram fails with topics alone: they are said to be gone, or off, or nothing is taken there."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Kind, Sandbox

MAKE, SEND, RENAME = "createForumTopic", "sendMessage", "editForumTopic"
SLOW_S = 3.0
"""A dispatcher may die amid it."""

FAULTS: dict[tuple[Kind, str], float] = {
    ("topic_lost", SEND): 3,
    ("thread_not_found", SEND): 2,
    ("topic_deleted", SEND): 1,
    ("thread_not_found", RENAME): 0.5,
    ("not_a_forum", MAKE): 0.5,
    ("not_a_forum", SEND): 0.3,
    ("429", SEND): 1,
    ("429", MAKE): 1,
    ("502", SEND): 0.7,
    ("502", MAKE): 0.7,
    ("cut_before", SEND): 0.5,
    ("cut_after", SEND): 1,
    ("half_body", SEND): 0.5,
    ("cut_before", MAKE): 0.5,
    ("cut_after", MAKE): 1,
    ("slow", MAKE): 1,
    ("cut_after", RENAME): 0.5,
    ("500", RENAME): 0.5,
}
"""What may fail and how, and how often it does."""


@dataclass
class TopicFaults:
    """All of a run."""

    sandbox: Sandbox
    dealt: Counter[str] = field(default_factory=Counter)

    async def deal(self, phone: ChatId, chance: Random) -> None:
        """Let the next request about a topic of that phone meet one."""
        kind, method = chance.choices([*FAULTS], [*FAULTS.values()])[0]
        self.dealt[f"{method} {kind}"] += 1
        await self.sandbox.fault(kind, method, chat_id=phone, delay_s=SLOW_S, in_topics=True)
