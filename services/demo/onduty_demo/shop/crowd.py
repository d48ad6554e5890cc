"""Many customers and many operators at once, for a desk with something to do."""

import asyncio
import itertools

from onduty import CustomerMessage
from onduty_demo.shop.signing_in import sign_in
from onduty_sandbox.client import Sandbox
from onduty_sandbox.wire.json_types import as_list, as_object

BURST_MESSAGES = 200
BURST_CONVERSATIONS = 20
SHOP = "The Shop"
_FIRST_CROWD_ID = 201

_NAMES = (
    *("Ada", "Bilal", "Chen", "Dana", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kofi", "Lena", "Mira", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sami", "Tara"),
)
_QUESTIONS = (
    "Where is my parcel?",
    "Can I change the delivery address?",
    "The invoice is missing. Can you send it again?",
    "Do you have it in blue?",
    "The zip came off after two days. What now?",
    "Is the lamp back in stock?",
    "Can I pay on delivery?",
    "How long do returns take?",
    "It came with the wrong plug.",
    "Thank you, it works!",
)


def burst() -> list[CustomerMessage]:
    """200 messages of 20 customers, who take turns."""
    first = [
        CustomerMessage(text="Hello, is anybody there?", customer_name=name, recipient=SHOP)
        for name in _NAMES[:BURST_CONVERSATIONS]
    ]
    more = [
        CustomerMessage(
            text=_QUESTIONS[(turn + number) % len(_QUESTIONS)],
            customer_name=begun.customer_name,
            recipient=SHOP,
            conversation_id=begun.conversation_id,
        )
        for turn in range(BURST_MESSAGES // BURST_CONVERSATIONS - 1)
        for number, begun in enumerate(first)
    ]
    return [*first, *more]


async def join(sandbox: Sandbox, phrase: str, count: int) -> None:
    """Add so many operators and sign them in, side by side."""
    users = await sandbox.ask("GET", "users")
    taken = [int(str(as_object(user)["id"])) for user in as_list(users)]
    first = max([_FIRST_CROWD_ID - 1, *taken]) + 1
    phones = [
        await sandbox.add_user(first + number, name)
        for number, name in enumerate(itertools.islice(itertools.cycle(_NAMES), count))
    ]
    await asyncio.gather(*(sign_in(phone, phrase) for phone in phones))
