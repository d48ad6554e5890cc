"""Onduty's client: a chat backend pushes customer messages, operators get them in Telegram."""

from onduty.async_desk import AsyncSupportDesk
from onduty.availability import Availability
from onduty.desk import SupportDesk
from onduty.errors import DeskMisconfigured, DeskUnavailable, IdReused
from onduty.history import Author, HistoryEntry, HistoryFile
from onduty.interfaces import AsyncDesk, Desk
from onduty.message import Attachment, CustomerMessage, Priority, PriorityName

__all__ = [
    "AsyncDesk",
    "AsyncSupportDesk",
    "Attachment",
    "Author",
    "Availability",
    "CustomerMessage",
    "Desk",
    "DeskMisconfigured",
    "DeskUnavailable",
    "HistoryEntry",
    "HistoryFile",
    "IdReused",
    "Priority",
    "PriorityName",
    "SupportDesk",
]
