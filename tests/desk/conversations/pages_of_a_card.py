"""The one card with buttons that each of three phones shows: its text, its page, its buttons."""

import re

from desk_at_work.at_work import Desk
from onduty_sandbox.client import Sandbox


async def looked_at(desk: Desk, operator: int) -> str:
    """Return the text of the card with the buttons."""
    await desk.quiet()
    (card,) = [card for card in await desk.cards(operator) if card.buttons]
    return card.text


async def numbers(desk: Desk, operator: int) -> list[int]:
    """Return which messages that card shows."""
    return [int(n) for n in re.findall(r"<(\d+)>", await looked_at(desk, operator))]


async def first_lines(desk: Desk) -> list[str]:
    await desk.quiet()
    return [(await looked_at(desk, operator)).splitlines()[0] for operator in (1, 2, 3)]


async def buttons(desk: Desk, operator: int) -> list[str]:
    """Return the buttons of the card, without those that turn a page."""
    return [text for text in await all_buttons(desk, operator) if not is_of_a_page(text)]


async def all_buttons(desk: Desk, operator: int) -> list[str]:
    await desk.quiet()
    (card,) = [card for card in await desk.cards(operator) if card.buttons]
    return card.button_texts


def is_of_a_page(text: str) -> bool:
    return text in {"◀️", "▶️"} or "/" in text


async def edited(desk: Desk, sandbox: Sandbox) -> list[int | None]:
    await desk.quiet()
    return [one.chat_id for one in await sandbox.log(method="editMessageText")]
