"""The settings of a dispatcher alone."""

import re
from typing import Self

from pydantic import (
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from onduty.signing import read_secrets
from onduty_desk.settings.kinds import HttpAddress
from onduty_desk.settings.shared import DeskSettings

_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


class DispatcherSettings(DeskSettings):
    """The settings of a dispatcher alone: its lanes, and how events reach the chat backend."""

    urgent_lanes: int = Field(default=1, ge=1, le=32, description="Threads for urgent wake-ups.")
    normal_lanes: int = Field(default=2, ge=1, le=32, description="Threads for normal wake-ups.")
    low_lanes: int = Field(default=1, ge=1, le=32, description="Threads for low wake-ups.")
    most_in_flight: int = Field(
        default=300, ge=1, le=5_000, description="Sends under way at once in one process."
    )
    reactions_per_second: float = Field(
        default=10,
        ge=0.001,
        le=1_000,
        description="Reactions on operators' answers that all dispatchers set in one second, "
        "beside the sends.",
    )
    typing_per_second: float = Field(
        default=5,
        ge=0.001,
        le=1_000,
        description='How often all dispatchers show "typing…" in one second, beside the sends.',
    )
    events_url: HttpAddress | None = Field(
        default=None, description="Events are sent to the backend by HTTP POST to this address."
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
