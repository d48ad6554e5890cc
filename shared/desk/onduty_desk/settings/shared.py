"""The settings that bot and dispatcher share."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

from onduty.cli import DEFAULT_REDIS_URL
from onduty.connection import check_redis_url
from onduty.message import DEFAULT_GROUP
from onduty.wire import MOST_RETENTION_DAYS
from onduty_desk.conversations.rules import Rules
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.normal_form import compared
from onduty_desk.roster.weak_phrases import why_impossible
from onduty_desk.settings.desk_file import DeskFile, read_desk_file
from onduty_desk.settings.kinds import HttpAddress, PerSecond, Seconds, UserId
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.proxy import find_proxy
from onduty_desk.texts import LANGUAGES

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{10,}")
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,64}")


class DeskSettings(BaseSettings):
    """The settings that bot and dispatcher share."""

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
    desk_file: Annotated[DeskFile | None, NoDecode] = Field(
        default=None, description="A TOML file with the rules of the groups: examples/desk.toml."
    )
    redis_url: str = Field(
        default=DEFAULT_REDIS_URL,
        description="redis://, rediss://, unix:// or redis+sentinel://host:port,…/master/db.",
    )
    telegram_api_url: HttpAddress = Field(
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
    time_zone: str = Field(
        default="UTC", description="Of the times of day that operators read: Europe/Berlin."
    )
    admin_ids: Annotated[frozenset[UserId], NoDecode] = Field(
        default=frozenset(),
        description="Telegram ids of admins, who are notified of guessing and may kick and invite.",
    )
    retention_days: int = Field(
        default=30,
        ge=1,
        le=MOST_RETENTION_DAYS,
        description="How long messages and their records are kept.",
    )
    ring_every: Seconds = Field(
        default=60, description="A waiting customer rings again after so many seconds."
    )
    nudge_after: Seconds = Field(
        default=180,
        gt=0,
        description="An owner whose customer hears nothing is asked after so many seconds.",
    )
    return_after: Seconds = Field(
        default=300,
        gt=0,
        description="Then, after so many seconds, the customer waits for all again.",
    )
    close_idle_after: Seconds = Field(
        default=86_400,
        description="An answered conversation closes after so many seconds without a word; 0: not.",
    )
    owner_ring_every: Seconds = Field(
        default=30,
        description="A follow-up rings its owner again after so many seconds; urgent ones always.",
    )
    release_delay: Seconds = Field(
        default=10,
        description="A released conversation rings the others after so many seconds.",
    )
    last_owner_first: Seconds = Field(
        default=60,
        description="A reopened conversation rings its last operator so much before.",
    )
    buttons_rest: Seconds = Field(
        default=2,
        description="A tap on a button that replaced another one is ignored for so many seconds.",
    )
    send_after: float = Field(
        default=0,
        ge=0,
        le=3600,
        description="Answers go to customers after so many seconds, and can be undone until then.",
    )
    sends_per_second: PerSecond = Field(
        default=30, description="Cap on messages a second over all chats; paid above 30."
    )
    sends_per_chat_per_second: PerSecond = Field(
        default=1, description="Cap on messages a second into one chat."
    )
    topics: Literal["auto", "off"] = Field(
        default="auto",
        description="auto: whoever claims a conversation answers it in a topic, if the bot has "
        "topics; off: in replies to its card.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Where this process answers /metrics, /livez and /readyz; without it nowhere; "
        "0: a free port, which is logged.",
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        description="The address of this machine that it listens on; 0.0.0.0 means all.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto, json or text."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
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

    @field_validator("time_zone")
    @classmethod
    def _time_zone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            raise ValueError(
                "is not a time zone of the IANA database; it looks like Europe/Berlin or UTC"
            ) from None
        return name

    @field_validator("redis_url")
    @classmethod
    def _redis_url_has_its_form(cls, url: str) -> str:
        return check_redis_url(url)

    @field_validator("topics", "log_format", "log_level", mode="before")
    @classmethod
    def _any_case(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word

    @field_validator("telegram_api_url")
    @classmethod
    def _no_slash_at_the_end(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("desk_file", mode="before")
    @classmethod
    def _desk_file_is_read(cls, path: object) -> object:
        return read_desk_file(Path(path)) if isinstance(path, str) else path

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
    def _every_group_of_the_desk_file_has_a_phrase(self) -> Self:
        if self.desk_file and (wrong := self.desk_file.without_phrase(self.phrases)):
            raise ValueError("\n".join(f"ONDUTY_DESK_FILE: {sentence}" for sentence in wrong))
        return self

    @model_validator(mode="after")
    def _proxy_has_its_form(self) -> Self:
        _ = self.proxy
        return self

    @property
    def proxy(self) -> URL | None:
        """The proxy to Telegram: the one that is set, else the environment's."""
        given = self.telegram_proxy.get_secret_value() if self.telegram_proxy else None
        return find_proxy(self.telegram_api_url, given, os.environ)

    @property
    def phrases(self) -> dict[str, str]:
        """Group → phrase, without white space at its ends; see `onduty_desk.roster.normal_form`."""
        found = {group: secret.get_secret_value().strip() for group, secret in self.groups.items()}
        if self.team_secret:
            found = {DEFAULT_GROUP: self.team_secret.get_secret_value().strip()} | found
        return found

    @property
    def group_rules(self) -> Mapping[str, GroupRules]:
        """Group → its rules, of those that the desk file names."""
        return self.desk_file.groups if self.desk_file else {}

    @property
    def bot_id(self) -> str:
        """The bot's Telegram id, which stays when the token is rotated."""
        return self.bot_token.get_secret_value().partition(":")[0]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the times of day that operators read."""
        return ZoneInfo(self.time_zone)

    @property
    def pace(self) -> Pace:
        """The rate limits of sending, for all processes together."""
        return Pace(self.sends_per_second, self.sends_per_chat_per_second)

    @property
    def rules(self) -> Rules:
        """When conversations ring, and how long an owner may be silent."""
        return Rules(
            ring_every=timedelta(seconds=self.ring_every),
            nudge_after=timedelta(seconds=self.nudge_after),
            return_after=timedelta(seconds=self.return_after),
            close_idle_after=timedelta(seconds=self.close_idle_after),
            owner_ring_every=timedelta(seconds=self.owner_ring_every),
            release_delay=timedelta(seconds=self.release_delay),
            last_owner_first=timedelta(seconds=self.last_owner_first),
            buttons_rest=timedelta(seconds=self.buttons_rest),
            send_after=timedelta(seconds=self.send_after),
            topics=self.topics != "off",
        )

    @property
    def retention(self) -> timedelta:
        """How long a message and its records are kept."""
        return timedelta(days=self.retention_days)
