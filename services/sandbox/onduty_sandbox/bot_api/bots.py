"""The bots of this Telegram and what is kept for each of them."""

import re
from dataclasses import dataclass, field

from onduty_sandbox.bot_api.updates import Updates
from onduty_sandbox.bot_api.webhook import Webhook
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Message, User
from onduty_sandbox.world.clock import Clock
from onduty_sandbox.world.signals import Signal

# Plainly not a real one: BotFather's tokens have 35 random characters after the colon.
DEMO_TOKEN = "42:sandbox-token-that-opens-nothing-else"  # noqa: S105 - opens this sandbox only
TOKEN_FORM = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]+")


@dataclass(slots=True)
class Tap:
    """A callback query: who tapped which button, and what the bot answered."""

    id: str
    user: User
    message: Message
    data: str
    expires_at: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False
    url: str | None = None
    changed: Signal = field(default_factory=Signal)


@dataclass(slots=True)
class Bot:
    """One token: its account, its updates, its webhook, its commands."""

    token: str
    user: User
    updates: Updates
    taps: dict[str, Tap] = field(default_factory=dict)
    taps_made: int = 0
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    """By language, "" for all others: what an empty chat shows."""
    short_descriptions: dict[str, str] = field(default_factory=dict)
    """The same for the bot's profile."""
    webhook: Webhook | None = None
    has_topics: bool = False
    """Whether its private chats have topics: BotFather's switch, not the bot's own."""
    users_create_topics: bool = False


def create_bot(token: str, clock: Clock) -> Bot:
    """Make the bot of a token; raises ValueError when it does not look like one."""
    if not TOKEN_FORM.fullmatch(token):
        raise ValueError(f"A bot token looks like 42:letters-and-digits, not like {token!r}.")
    bot_id = int(token.partition(":")[0])
    user = User(
        id=bot_id, first_name="Onduty Sandbox", username=f"sandbox_{bot_id}_bot", is_bot=True
    )
    return Bot(token, user, Updates(clock))
