"""The scene in which the page begins: two operators on duty, one who is not, and a customer."""

import asyncio

from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty_demo.shop.signing_in import sign_in
from onduty_sandbox.client import Phone, Sandbox

SHOP = "The Shop"
OPERATORS = ((101, "Anna", "anna"), (102, "Boris", "boris"))
NEWCOMER = (103, "Clara", "clara")
"""She has a phone and is not on duty: who looks at the page signs her in."""

TEAM = {191: "Marta", 192: "Nico", 193: "Priya", 194: "Theo"}
"""The small team, which works by itself. It does none of a newcomer's steps."""

Phones = dict[str, Phone]


def example() -> CustomerMessage:
    """The message that the scene begins with; a new one each time."""
    return CustomerMessage(
        text="Hi! My parcel should have come yesterday. Where is it?",
        customer_name="Alice",
        recipient=SHOP,
    )


async def open_phones(sandbox: Sandbox) -> Phones:
    """Return the operators' phones by name, able to receive; trouble of an earlier run is over."""
    await sandbox.clear_faults()
    await sandbox.latency(0)
    phones = {who[1]: await sandbox.add_user(*who) for who in OPERATORS}
    for phone in phones.values():
        await phone.unblock()
    await sandbox.add_user(*NEWCOMER)
    return phones


async def sign_all_in(redis: Redis, phones: Phones, phrase: str) -> None:
    """Sign them in side by side; raises TimeoutError when the bot does not answer."""
    await asyncio.gather(*(sign_in(redis, phone, phrase) for phone in phones.values()))
