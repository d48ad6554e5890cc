"""What pydantic finds wrong with what somebody has given, for sentences about it."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_FOLLOWS = "default_factory_not_called"


def mistakes(invalid: ValidationError) -> list[ErrorDetails]:
    """Return the errors without the values, and without one that only follows from another.

    A default that is made from another field is not made if that field is wrong.
    """
    found = invalid.errors(include_input=False)
    return [error for error in found if error["type"] != _FOLLOWS]


def said(error: ErrorDetails) -> str:
    """Return what an error says, without pydantic's own beginning."""
    return error["msg"].removeprefix("Value error, ")
