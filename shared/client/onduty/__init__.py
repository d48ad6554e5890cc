"""Onduty's client: a chat backend pushes customer messages, operators get them in Telegram."""

from onduty.availability import Availability
from onduty.desk import AsyncSupportDesk, SupportDesk
from onduty.errors import DeskMisconfigured, DeskUnavailable, IdReused
from onduty.interfaces import AsyncDesk, Desk
from onduty.message import Attachment, CustomerMessage, Priority, PriorityName

__all__ = [
    "AsyncDesk",
    "AsyncSupportDesk",
    "Attachment",
    "Availability",
    "CustomerMessage",
    "Desk",
    "DeskMisconfigured",
    "DeskUnavailable",
    "IdReused",
    "Priority",
    "PriorityName",
    "SupportDesk",
]
