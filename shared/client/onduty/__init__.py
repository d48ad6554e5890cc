"""Onduty's client: a chat backend pushes customer messages, operators get them in Telegram."""

from onduty.desk import AsyncDesk, AsyncSupportDesk, Desk, SupportDesk
from onduty.errors import DeskMisconfigured, DeskUnavailable, IdReused
from onduty.message import Attachment, CustomerMessage, Priority

__all__ = [
    "AsyncDesk",
    "AsyncSupportDesk",
    "Attachment",
    "CustomerMessage",
    "Desk",
    "DeskMisconfigured",
    "DeskUnavailable",
    "IdReused",
    "Priority",
    "SupportDesk",
]
