"""A customer message as the desk keeps it: the customer may have changed it or taken it back."""

from onduty import CustomerMessage
from onduty.message import Moment


class KeptMessage(CustomerMessage):
    """What was accepted, and what the customer did with it since, as `amending.lua` writes it."""

    edited_at: Moment | None = None
    retracted_at: Moment | None = None
    """Its words, files and details are gone."""


def is_edited(message: CustomerMessage) -> bool:
    """Whether the customer has changed it, and not taken it back."""
    return _has(message, "edited_at") and not is_retracted(message)


def is_retracted(message: CustomerMessage) -> bool:
    """Whether the customer has taken it back."""
    return _has(message, "retracted_at")


def _has(message: CustomerMessage, what: str) -> bool:
    return isinstance(message, KeptMessage) and getattr(message, what) is not None
