"""Onduty's client: a chat backend pushes customer messages, operators in Telegram are told."""

from onduty.desk import AsyncSupportDesk, SupportDesk
from onduty.errors import DeskUnavailable
from onduty.message import Attachment, CustomerMessage, Priority

__all__ = [
    "AsyncSupportDesk",
    "Attachment",
    "CustomerMessage",
    "DeskUnavailable",
    "Priority",
    "SupportDesk",
]
