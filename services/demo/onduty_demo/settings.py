"""What `make run` can be told; with nothing set it brings everything itself."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    redis_url: str | None = Field(
        default=None, description="A Redis of yours; without it one is started."
    )
    telegram_api_url: str | None = Field(
        default=None, description="Another Bot API server for the real bot."
    )
    demo_redis_port: int = Field(default=16379, description="Where the demo's Redis listens.")
    demo_sandbox_port: int = Field(default=8081, description="Where the sandbox listens.")
    demo_folder: Path = Field(
        default=Path(".onduty"), description="Redis's data, logs, and what runs now."
    )
