"""Turns messages into the arguments of the script that accepts them."""

from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files

from onduty.message import CustomerMessage

SCRIPT = files("onduty").joinpath("accept.lua").read_text()


def script_arguments(messages: Sequence[CustomerMessage], retention: timedelta) -> list[str]:
    """Return what `accept.lua` takes for these messages, in their order."""
    arguments = [str(int(retention.total_seconds()))]
    for message in messages:
        arguments += (
            message.id,
            message.conversation_id,
            message.priority,
            message.group,
            message.model_dump_json(),
        )
    return arguments
