"""Everything that can be set, and what is refused at start.

Each field is read from `ONDUTY_<NAME>` in the environment, else from `.env`, else from a file
`onduty_<name>` in the secrets folder (`ONDUTY_SECRETS_DIR`, by default `/run/secrets`).
"""

import os
import re
from datetime import timedelta
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError
from yarl import URL

from onduty.cli import DEFAULT_REDIS_URL
from onduty.connection import check_redis_url
from onduty.env_file import FileUnreadable
from onduty.given import secrets_folder
from onduty.message import DEFAULT_GROUP
from onduty.signing import read_secrets
from onduty_desk.compared import compared
from onduty_desk.rules import Rules
from onduty_desk.setting_files import check_setting_files
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.proxy import find_proxy
from onduty_desk.texts import LANGUAGES
from onduty_desk.weak_phrases import why_impossible

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{10,}")
_SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_HTTP_URL = TypeAdapter(HttpUrl)


class SettingsRefused(Exception):  # noqa: N818 - it is told to a person, not handled
    """The settings contradict themselves or lack something; the text says what to set."""


class DeskSettings(BaseSettings):
    """What bot and dispatcher share."""

    model_config = SettingsConfigDict(
        env_prefix="ONDUTY_", env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True
    )

    bot_token: SecretStr = Field(description="The bot's token, from @BotFather.")
    team_secret: SecretStr | None = Field(
        default=None, description="The secret phrase of the group support."
    )
    groups: dict[str, SecretStr] = Field(
        default_factory=dict, description='More groups: JSON, {"group": "phrase"}.'
    )
    redis_url: str = Field(
        default=DEFAULT_REDIS_URL,
        description="redis://, rediss://, unix:// or redis+sentinel://host:port,…/master/db.",
    )
    telegram_api_url: str = Field(
        default="https://api.telegram.org",
        description="Another Bot API server; /bot<token>/<method> is appended.",
    )
    telegram_proxy: SecretStr | None = Field(
        default=None,
        description="The way to it: http://user:password@host:port, https:// or socks5://; "
        "without it HTTPS_PROXY and NO_PROXY are read.",
    )
    language: str = Field(
        default="en", description="For operators whose Telegram speaks a language we lack."
    )
    admin_ids: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(),
        description="Telegram ids told of locked accounts and exposed phrases: 1,2,3.",
    )
    retention_days: int = Field(
        default=30, ge=1, le=365, description="How long messages and their records are kept."
    )
    ring_every: float = Field(
        default=60, ge=0, description="A waiting customer rings again after so many seconds."
    )
    nudge_after: float = Field(
        default=180,
        gt=0,
        description="An operator who claims and is silent is asked after so long.",
    )
    return_after: float = Field(
        default=300,
        gt=0,
        description="Then, after so many seconds, the customer waits for all again.",
    )
    last_owner_first: float = Field(
        default=60,
        ge=0,
        description="A reopened conversation rings its last operator so much before.",
    )
    buttons_rest: float = Field(
        default=2,
        ge=0,
        description="A button that has just appeared under a thumb does nothing for so long.",
    )
    sends_per_second: float = Field(
        default=30, gt=0, description="Cap on messages a second over all chats; paid above 30."
    )
    sends_per_chat_per_second: float = Field(
        default=1, gt=0, description="Cap on messages a second into one chat."
    )
    log_format: str = Field(
        default="auto", pattern="^(auto|json|text)$", description="auto, json or text."
    )
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="The least that is logged: debug, info, warning or error.",
    )

    @field_validator("bot_token")
    @classmethod
    def _token_has_its_form(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                "is not a bot token; it looks like 123456:ABC… and comes from @BotFather"
            )
        return token

    @field_validator("language")
    @classmethod
    def _language_is_one_we_have(cls, language: str) -> str:
        if language not in LANGUAGES:
            raise ValueError(f"use one of {', '.join(LANGUAGES)}")
        return language

    @field_validator("redis_url")
    @classmethod
    def _redis_url_has_its_form(cls, url: str) -> str:
        return check_redis_url(url)

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("telegram_api_url")
    @classmethod
    def _no_slash_at_the_end(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/")

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @model_validator(mode="after")
    def _every_group_has_a_phrase_of_its_own(self) -> Self:
        phrases = self.phrases
        if not phrases:
            raise ValueError("set ONDUTY_TEAM_SECRET, the phrase with which operators sign in")
        if self.team_secret and DEFAULT_GROUP in self.groups:
            raise ValueError(
                f"the group {DEFAULT_GROUP} has two phrases; "
                "set ONDUTY_TEAM_SECRET or its entry in ONDUTY_GROUPS, not both"
            )
        if DEFAULT_GROUP not in phrases:
            raise ValueError(
                f"the default group {DEFAULT_GROUP} has no phrase; set ONDUTY_TEAM_SECRET"
            )
        for group, phrase in phrases.items():
            if not _GROUP.fullmatch(group):
                raise ValueError(f"group {group!r}: use 1 to 64 of A-Z a-z 0-9 _ -")
            if wrong := why_impossible(phrase):
                raise ValueError(f"the phrase of group {group} {wrong}; set another")
        if len(set(map(compared, phrases.values()))) < len(phrases):
            raise ValueError(
                "two groups have the same phrase (capitals, spaces and kinds of quotes, dashes and "
                "dots do not count); give each its own"
            )
        return self

    @model_validator(mode="after")
    def _proxy_has_its_form(self) -> Self:
        _ = self.proxy
        return self

    @property
    def proxy(self) -> URL | None:
        """The proxy that leads to Telegram: the one that is set, else the environment's."""
        given = self.telegram_proxy.get_secret_value() if self.telegram_proxy else None
        return find_proxy(self.telegram_api_url, given, os.environ)

    @property
    def phrases(self) -> dict[str, str]:
        """Group → phrase, ends trimmed; how it is compared says `onduty_desk.compared`."""
        found = {group: secret.get_secret_value().strip() for group, secret in self.groups.items()}
        if self.team_secret:
            found = {DEFAULT_GROUP: self.team_secret.get_secret_value().strip()} | found
        return found

    @property
    def bot_id(self) -> str:
        """Whose desk it is: the token may change, this stays."""
        return self.bot_token.get_secret_value().partition(":")[0]

    @property
    def pace(self) -> Pace:
        """How fast Telegram is sent to, by all processes together."""
        return Pace(self.sends_per_second, self.sends_per_chat_per_second)

    @property
    def rules(self) -> Rules:
        """When conversations ring, and how long an owner may be silent."""
        return Rules(
            ring_every=timedelta(seconds=self.ring_every),
            nudge_after=timedelta(seconds=self.nudge_after),
            return_after=timedelta(seconds=self.return_after),
            last_owner_first=timedelta(seconds=self.last_owner_first),
            buttons_rest=timedelta(seconds=self.buttons_rest),
        )

    @property
    def retention(self) -> timedelta:
        """How long a message and its records are kept."""
        return timedelta(days=self.retention_days)


class BotSettings(DeskSettings):
    """What the bot alone needs: how updates reach it."""

    webhook_url: str | None = Field(
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
        default=0, ge=0, description="Replicas that have an update before Telegram may forget it."
    )

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


class DispatcherSettings(DeskSettings):
    """What a dispatcher alone needs: its lanes, and where the chat backend is told of events."""

    urgent_lanes: int = Field(default=1, ge=1, le=32, description="Threads for urgent wake-ups.")
    normal_lanes: int = Field(default=2, ge=1, le=32, description="Threads for normal wake-ups.")
    low_lanes: int = Field(default=1, ge=1, le=32, description="Threads for low wake-ups.")
    most_in_flight: int = Field(
        default=300, ge=1, le=5_000, description="Sends under way at once in one process."
    )
    events_url: str | None = Field(
        default=None, description="The backend is told of events by HTTP POST to this address."
    )
    events_secret: SecretStr | None = Field(
        default=None,
        description="The key that signs those calls: whsec_ and base64; while it is changed two, "
        "the new one and the old, with a space between.",
    )
    events_job: str | None = Field(
        default=None,
        description="Without a URL: the function that RQ jobs in the queue onduty-events call.",
    )

    @field_validator("events_url")
    @classmethod
    def _events_url_has_its_form(cls, url: str | None) -> str | None:
        if url is not None:
            try:
                _HTTP_URL.validate_python(url)
            except ValidationError:
                raise ValueError("must be an http:// or https:// address") from None
        return url

    @field_validator("events_secret")
    @classmethod
    def _events_secret_has_its_form(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            read_secrets(secret.get_secret_value())
        return secret

    @field_validator("events_job")
    @classmethod
    def _events_job_names_a_function(cls, name: str | None) -> str | None:
        if name is not None and not _FUNCTION.fullmatch(name):
            raise ValueError("name a function with its module: my_backend.events.on_event")
        return name

    @model_validator(mode="after")
    def _events_by_http_are_signed(self) -> Self:
        if self.events_url and not self.events_secret:
            raise ValueError(
                "set ONDUTY_EVENTS_SECRET, with which calls to ONDUTY_EVENTS_URL are signed; "
                'make one with: echo "whsec_$(openssl rand -base64 32)"'
            )
        return self


Settings = TypeVar("Settings", bound=DeskSettings)


def load(kind: type[Settings], *, team_secret: str | None = None) -> Settings:
    """Read the settings, a given phrase above all.

    Raises:
        SettingsRefused: with a line for each thing to set.
    """
    secrets = secrets_folder()
    try:
        check_setting_files(kind.model_fields)
        given: dict[str, Any] = {} if team_secret is None else {"team_secret": team_secret}
        return kind(_secrets_dir=secrets if secrets.is_dir() else None, **given)
    except ValidationError as invalid:
        raise SettingsRefused("\n".join(_sentence(error) for error in invalid.errors())) from None
    except FileUnreadable as unreadable:
        raise SettingsRefused(str(unreadable)) from None
    except SettingsError as unreadable:
        raise SettingsRefused(_unreadable(unreadable)) from None


def _unreadable(error: SettingsError) -> str:
    # Either the text is no JSON, or a secret file belongs to somebody else.
    cause = error.__cause__
    if isinstance(cause, OSError):
        return f"{cause.filename}: {cause.strerror}; let this user read it"
    field = re.search(r'"(\w+)"', str(error))
    name = field[1].upper() if field else "…"
    return f'ONDUTY_{name}: write it as JSON, for example {{"sales": "a phrase"}}'


def _sentence(error: object) -> str:
    assert isinstance(error, dict)  # noqa: S101 - pydantic's ErrorDetails
    name = "_".join(str(part) for part in error["loc"]).upper()
    told = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        told = "is not set"
    return f"ONDUTY_{name}: {told}" if name else told
