"""The settings of the bot alone."""

import re
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from onduty.wire import MOST_REPLICAS
from onduty_desk.settings.kinds import HttpAddress
from onduty_desk.settings.shared import DeskSettings
from onduty_desk.texts.untrusted_text import is_blank

MOST_OF_A_NAME = 64
"""So that the bot's short description, of 120 characters, has room for it."""

_SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")


class BotSettings(DeskSettings):
    """The settings of the bot alone: how updates reach it."""

    desk_name: str = Field(
        default="Support_Bot",
        description="What the bot calls the desk when it welcomes somebody: 1 to 64 characters.",
    )
    webhook_url: HttpAddress | None = Field(
        default=None, description="Telegram calls this https address; without it the bot polls."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="1 to 256 of A-Za-z0-9_-; Telegram sends it with each update."
    )
    webhook_host: str = Field(
        default="127.0.0.1",
        description="The address of this machine that it listens on; 0.0.0.0 means all.",
    )
    webhook_port: int = Field(
        default=8080, ge=0, le=65535, description="Where the bot listens for Telegram's calls."
    )
    backlog_cards: int = Field(
        default=5, ge=0, le=20, description="Cards of what waits that /on brings at once."
    )
    wait_replicas: int = Field(
        default=0,
        ge=0,
        le=MOST_REPLICAS,
        description="Replicas that have an update before Telegram may forget it.",
    )

    @field_validator("desk_name")
    @classmethod
    def _desk_name_is_a_line(cls, name: str) -> str:
        name = name.strip()
        if is_blank(name) or len(name) > MOST_OF_A_NAME or not name.isprintable():
            raise ValueError(f"use one line of 1 to {MOST_OF_A_NAME} visible characters")
        return name

    @model_validator(mode="after")
    def _webhook_has_a_secret(self) -> Self:
        if not self.webhook_url:
            return self
        if not self.webhook_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError(
                "ONDUTY_WEBHOOK_URL must be an https:// address; Telegram calls no other"
            )
        secret = self.webhook_secret
        if not secret or not _SECRET_TOKEN.fullmatch(secret.get_secret_value()):
            raise ValueError("set ONDUTY_WEBHOOK_SECRET to 1 to 256 of A-Z a-z 0-9 _ -")
        return self
