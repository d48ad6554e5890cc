"""The kinds of values that several settings have, each with bounds within which the desk works."""

from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError

_HTTP_URL = TypeAdapter(HttpUrl)


def _http_address(url: str) -> str:
    try:
        _HTTP_URL.validate_python(url)
    except ValidationError:
        raise ValueError("must start with http:// or https://, and name a host") from None
    return url


HttpAddress = Annotated[str, AfterValidator(_http_address)]
"""Checked, not rewritten."""

Seconds = Annotated[float, Field(ge=0, le=1e9)]
"""Up to 30 years. Python and Redis cannot add much more to the time of day."""

PerSecond = Annotated[float, Field(ge=0.001, le=1e6)]
"""From one in a quarter of an hour; beyond 5,000 it is as if there were no cap."""

UserId = Annotated[int, Field(gt=0, lt=2**52)]
"""Telegram's ids of people; those of groups are below 0."""
