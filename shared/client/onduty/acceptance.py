"""Builds the arguments of the scripts that accept a backend's messages and instructions."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files

from onduty.message import CustomerMessage, Priority

SCRIPT = files("onduty").joinpath("accept.lua").read_text()
LINE_UP_SCRIPT = files("onduty").joinpath("line_up.lua").read_text()
CHANGE_SCRIPT = files("onduty").joinpath("change.lua").read_text()
REPORT_SCRIPT = files("onduty").joinpath("report.lua").read_text()


class Instruction(StrEnum):
    """What a backend can ask for besides pushing messages; the value is the name on the wire."""

    CLOSE = "close"
    """The customer's matter is done."""
    TOUCH = "touch"
    """An operator answered, elsewhere than in Telegram."""
    PRIORITIZE = "prioritize"
    """It is as urgent as its word says."""
    EDIT = "edit"
    """The customer has changed a message."""
    RETRACT = "retract"
    """The customer has taken a message back."""
    FORGET = "forget"
    """No trace of the conversation is to be left."""


def script_arguments(messages: Sequence[CustomerMessage], retention: timedelta) -> list[str]:
    """Return what `accept.lua` takes for these messages, in their order."""
    arguments = [_seconds(retention)]
    for message in messages:
        arguments += (
            message.id,
            message.conversation_id,
            message.priority,
            message.group,
            message.model_dump_json(),
        )
    return arguments


def line_up_arguments(
    instruction: Instruction,
    conversation_id: str,
    retention: timedelta,
    *words: str,
    rank: Priority = Priority.NORMAL,
) -> list[str]:
    """Return what `line_up.lua` takes for this instruction."""
    return [_seconds(retention), conversation_id, rank, instruction, *words]


def change_arguments(
    instruction: Instruction, message_id: str, retention: timedelta, *words: str
) -> list[str]:
    """Return what `change.lua` takes for this message."""
    return [_seconds(retention), message_id, instruction, *words]


def report_arguments(reply_id: str, status: str, reason: str, retention: timedelta) -> list[str]:
    """Return what `report.lua` takes for this report."""
    return [_seconds(retention), reply_id, status, reason]


def _seconds(retention: timedelta) -> str:
    return str(int(retention.total_seconds()))
