"""The keys of pacing: when something may be sent next, in µs of Redis's clock.

Each expires when its time has passed.
"""

from typing import Literal

from onduty_desk.model.keys import ChatId
from onduty_desk.model.schema import family, one

PACE_SLOT = one("onduty:pace:slot", "string", name="pace_slot", ends="expires")
"""The next free slot over all chats."""

PACE_PAUSE = one("onduty:pace:pause", "string", name="pace_pause", ends="expires")
"""Until when all pause after 429s of several chats."""

PACE_TURN = one("onduty:pace:turn", "string", name="pace_turn", ends="expires")
"""Which class is next: the classes after the urgent one have shares."""

PACE_REFUSALS = one("onduty:pace:refusals", "zset", name="pace_refusals", ends="expires")
"""Chats for which Telegram answered 429 recently, by when."""


@family("string", "chat", ends="expires")
def pace_chat_key(chat_id: ChatId) -> str:
    """When a chat may be sent to next."""
    return f"onduty:pace:chat:{chat_id}"


PACE_REACTIONS = one("onduty:pace:reactions", "string", name="pace_reactions", ends="expires")
"""What reactions have used of their budget."""


@family("string", "chat", ends="expires")
def pace_reaction_key(chat_id: ChatId) -> str:
    """When a reaction may be set next in this chat."""
    return f"onduty:pace:reaction:{chat_id}"


PACE_TYPING = one("onduty:pace:typing", "string", name="pace_typing", ends="expires")
"""What "typing…" has used of its budget."""


@family("string", "chat", ends="expires")
def pace_typing_chat_key(chat_id: ChatId) -> str:
    """When "typing…" may be shown next in this chat."""
    return f"onduty:pace:typing-chat:{chat_id}"


@family("string", "chat", ends="expires")
def pace_group_key(chat_id: ChatId) -> str:
    """How much of a group chat's minute is used."""
    return f"onduty:pace:group:{chat_id}"


@family("string", "chat", ends="expires")
def pace_refused_key(chat_id: ChatId) -> str:
    """Until when Telegram takes nothing for this chat (429)."""
    return f"onduty:pace:refused:{chat_id}"


@family("string", "chat", ends="expires")
def pace_answer_key(chat_id: ChatId) -> str:
    """Until when cards wait for an answer of the bot; 0: the next slot is a card's."""
    return f"onduty:pace:answer:{chat_id}"


@family("string", "desk", ends="expires")
def pace_answers_key(whose: Literal["operators", "strangers"]) -> str:
    """What the bot's answers have used of their share."""
    return f"onduty:pace:answers:{whose}"
