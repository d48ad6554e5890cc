"""What is sent: the same messages and the same card for everyone who is compared."""

import html
import re
from collections.abc import Iterable

from onduty import CustomerMessage
from onduty_sandbox.client import LoggedRequest

_NUMBER = re.compile(r"\[(\d+)\]")


def text_of(number: int) -> str:
    """Return the customer's words; the number tells later which message a send belongs to."""
    return f"[{number}] Where is my order? I have been waiting for two weeks now & nobody answers."


def message(number: int, *, group: str = "support", **fields: str) -> CustomerMessage:
    """Return a message of a conversation of its own, unless one is named."""
    return CustomerMessage.model_validate(
        {
            "text": text_of(number),
            "customer_name": "Alice",
            "recipient": "The Shop",
            "reply_url": f"https://shop.example/chat/{number}",
            "group": group,
            **fields,
        }
    )


def card(number: int) -> str:
    """Return the card as HTML, as Onduty writes it."""
    words = html.escape(text_of(number), quote=False)
    link = f"https://shop.example/chat/{number}"
    return f"<blockquote>{words}</blockquote>\nAlice writes to The Shop\nReply: {link}"


def number_of(request: LoggedRequest) -> int:
    """Return which message a send belongs to."""
    found = _NUMBER.search(str(request.parameters.get("text")))
    return int(found[1]) if found else -1


def waits_ms(pushed_at: dict[int, float], requests: Iterable[LoggedRequest]) -> list[float]:
    """Return what passed between push and request, in the order of the requests."""
    return [
        (request.received_monotonic - pushed_at[number]) * 1000
        for request in requests
        if (number := number_of(request)) in pushed_at
    ]


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else float("nan")
