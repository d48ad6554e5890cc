"""What `make run` can be told; with nothing set it brings everything itself."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from onduty.env_file import FileUnreadable
from onduty.mistakes import mistakes, said
from onduty_desk.settings import SettingsRefused
from onduty_desk.settings.files import check_setting_files


class DemoSettings(BaseSettings):
    """Read like the services' own settings, from the environment or `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="ONDUTY_", env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True
    )

    bot_token: SecretStr | None = Field(
        default=None, description="A real bot's token; without it the sandbox is Telegram."
    )
    team_secret: SecretStr | None = Field(
        default=None, description="The secret phrase; without it one is made up and shown."
    )
    groups: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Where the phrase of support may be too; without it the sandbox's desk has "
        "a second group, sales.",
    )
    redis_url: str | None = Field(
        default=None, description="A Redis of yours; without it one is started."
    )
    telegram_api_url: str | None = Field(
        default=None, description="Another Bot API server for the real bot."
    )
    events_url: str | None = Field(
        default=None, description="A backend of yours is told; without it the page's customers."
    )
    events_secret: SecretStr | None = Field(
        default=None, description="What signs events; without it one is made up."
    )
    events_job: str | None = Field(
        default=None, description="A function of yours is called for each event."
    )
    demo_redis_port: int = Field(
        default=16379, ge=1, le=65535, description="Where the demo's Redis listens."
    )
    demo_sandbox_port: int = Field(
        default=8081, ge=1, le=65535, description="Where the sandbox listens."
    )
    demo_webchat_port: int = Field(
        default=8082, ge=1, le=65535, description="Where the customers' web chat listens."
    )
    demo_folder: Path = Field(
        default=Path(".onduty"),
        description="In it, for each bot a folder with its desk's data and logs.",
    )


def load_demo_settings() -> DemoSettings:
    """Read the settings.

    Raises:
        SettingsRefused: with a line for each thing to set.
    """
    try:
        check_setting_files(DemoSettings.model_fields)
        return DemoSettings()
    except FileUnreadable as unreadable:
        raise SettingsRefused(str(unreadable)) from None
    except ValidationError as invalid:
        lines = (
            f"ONDUTY_{str(error['loc'][0]).upper()}: {said(error)}" for error in mistakes(invalid)
        )
        raise SettingsRefused("\n".join(lines)) from None
    except SettingsError:  # only the groups are JSON
        raise SettingsRefused(
            'ONDUTY_GROUPS: write it as JSON, for example {"sales": "a phrase"}'
        ) from None
