"""Builds the requests of the client's calls."""

from datetime import timedelta

from onduty.acceptance import (
    CHANGE_SCRIPT,
    LINE_UP_SCRIPT,
    REPORT_SCRIPT,
    SCRIPT,
    Instruction,
    change_arguments,
    line_up_arguments,
    report_arguments,
    script_arguments,
)
from onduty.commit import Request, with_wake_up, without_wake_up
from onduty.message import (
    CustomerMessage,
    Priority,
    check_conversation_id,
    check_message_id,
    check_new_text,
)
from onduty.replies import ReplyStatus, check_report
from onduty.wire import TYPING

_BY_URGENCY = tuple(Priority)


def accepting(messages: list[CustomerMessage], retention: timedelta) -> Request:
    """Return the request that accepts messages, all or none; it wakes for the most urgent."""
    priority = min((message.priority for message in messages), key=_BY_URGENCY.index)
    arguments = script_arguments(messages, retention)
    return with_wake_up(SCRIPT, arguments, priority, "the message", "keep it and push it again")


def instructing(instruction: Instruction, conversation_id: str, retention: timedelta) -> Request:
    """Return the request that lines up an instruction; raises `ValueError` for a bad id."""
    conversation_id = check_conversation_id(conversation_id)
    arguments = line_up_arguments(instruction, conversation_id, retention)
    return with_wake_up(
        LINE_UP_SCRIPT, arguments, Priority.NORMAL, f"the {instruction}", "call again"
    )


def prioritizing(conversation_id: str, priority: Priority, retention: timedelta) -> Request:
    """Return the request that sets a priority; urgent, it is routed with what is urgent."""
    conversation_id = check_conversation_id(conversation_id)
    rank = Priority.URGENT if priority is Priority.URGENT else Priority.NORMAL
    arguments = line_up_arguments(
        Instruction.PRIORITIZE, conversation_id, retention, priority, rank=rank
    )
    return with_wake_up(LINE_UP_SCRIPT, arguments, rank, "the priority", "call again")


def editing(message_id: str, text: str, retention: timedelta) -> Request:
    """Return the request that lines up an edit; raises `ValueError` for a bad id or text."""
    message_id, text = check_message_id(message_id), check_new_text(text)
    arguments = change_arguments(Instruction.EDIT, message_id, retention, text)
    return with_wake_up(CHANGE_SCRIPT, arguments, Priority.NORMAL, "the edit", "call again")


def retracting(message_id: str, retention: timedelta) -> Request:
    """Return the request that takes a message back; raises `ValueError` for a bad id."""
    arguments = change_arguments(Instruction.RETRACT, check_message_id(message_id), retention)
    return with_wake_up(CHANGE_SCRIPT, arguments, Priority.NORMAL, "the retraction", "call again")


def typing(conversation_id: str) -> Request:
    """Return the request that says that a customer writes; raises `ValueError` for a bad id."""
    published = ["PUBLISH", TYPING, check_conversation_id(conversation_id)]
    return Request([published], "the typing", "there is nothing to repeat")


def reporting(reply_id: str, status: ReplyStatus, reason: str, retention: timedelta) -> Request:
    """Return the request that notes a report; raises `ValueError` as `check_report` does."""
    arguments = report_arguments(*check_report(reply_id, status, reason), retention)
    return without_wake_up(REPORT_SCRIPT, arguments, "the report", "call again")
