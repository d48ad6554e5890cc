"""What a step about a topic is about, as `next_topic.lua` writes it."""

import json
from dataclasses import dataclass
from typing import Self

from onduty_desk.model.words import TopicName


@dataclass(frozen=True)
class TopicView:
    """A topic, and whose its conversation is by now."""

    thread: int
    """0: it is to be made."""
    kind: TopicName
    name: str
    """The colleague who answers, if it is `passed`."""
    context: int
    """The message that says what it is about; 0: it is to be sent."""
    version: int
    upto: int

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse it. Raises TypeError for a missing or unknown field."""
        return cls(**json.loads(text))

    @property
    def json(self) -> str:
        """The same for the script that settles the step."""
        return json.dumps(vars(self))
