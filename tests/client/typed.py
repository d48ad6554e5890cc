"""A backend's code as the documentation shows it; `make check` types it, tests run it."""

from onduty import (
    AsyncDesk,
    AsyncSupportDesk,
    Attachment,
    CustomerMessage,
    Desk,
    Priority,
    SupportDesk,
)
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk


def customer_wrote(desk: Desk, text: str) -> str:
    message = CustomerMessage(
        text=text,
        customer_name="Alice",
        recipient="The Shop",
        priority="urgent",
        attachments=[{"url": "https://shop.example/1", "file_name": "a.pdf", "size": 3}],
        details={"order": 4711, "paid": True},
        sent_at="2026-11-26T15:28:45Z",
    )
    urgent: Priority = message.priority
    files: tuple[Attachment, ...] = message.attachments
    details: dict[str, str] = message.details
    assert (urgent, len(files), details["order"]) == (Priority.URGENT, 1, "4711")
    return desk.notify(message)


async def customer_wrote_too(desk: AsyncDesk, text: str) -> str:
    return await desk.notify(
        CustomerMessage(
            text=text,
            customer_name="Bob",
            recipient="The Shop",
            attachments=[Attachment(url="https://shop.example/1")],
        )
    )


def desks(url: str) -> tuple[list[Desk], list[AsyncDesk]]:
    return (
        [SupportDesk(url), FakeSupportDesk()],
        [AsyncSupportDesk(url), AsyncFakeSupportDesk()],
    )
