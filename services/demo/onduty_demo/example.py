"""The demo's own story: two operators sign in, a customer writes, their phones ring."""

import asyncio
import shutil
from collections.abc import Awaitable

from onduty import AsyncSupportDesk, CustomerMessage
from onduty_demo.phones import Bubble, draw_phones
from onduty_demo.plan import Plan
from onduty_demo.supervise import Supervisor
from onduty_sandbox.client import ChatMessage, Phone, Sandbox

OPERATORS = ((101, "Anna", "anna"), (102, "Boris", "boris"))
EXAMPLE = CustomerMessage(
    text="Hi! My parcel should have come yesterday. Where is it?",
    customer_name="Alice",
    recipient="The Shop",
    reply_url="https://shop.example/chat/17",
)
WITHIN_S = 40

Phones = dict[str, Phone]


async def tell_the_story(sandbox: Sandbox, plan: Plan, supervisor: Supervisor) -> Phones:
    """Sign the operators in, push the example, draw the phones; return them by name."""
    phones: Phones = {}
    for user_id, name, username in OPERATORS:
        phones[name] = await sandbox.add_user(user_id, name, username)
    await _while_all_is_well(
        asyncio.gather(*(_sign_in(phone, plan.sign_in_phrase) for phone in phones.values())),
        supervisor,
    )
    async with AsyncSupportDesk(plan.redis_url) as desk:
        await desk.notify(EXAMPLE)
    await _while_all_is_well(
        asyncio.gather(*(phone.wait_for(EXAMPLE.text, WITHIN_S) for phone in phones.values())),
        supervisor,
    )
    await show(phones)
    return phones


async def show(phones: Phones) -> None:
    """Draw all phones as they are now."""
    drawn = [(name, _bubbles(await phone.messages())) for name, phone in phones.items()]
    print(draw_phones(drawn, shutil.get_terminal_size().columns), flush=True)  # noqa: T201


async def show_what_comes(phones: Phones) -> None:
    """Draw each new message of a phone as it comes, until cancelled."""
    async with asyncio.TaskGroup() as watching:
        for name, phone in phones.items():
            watching.create_task(_watch(name, phone))


async def _watch(name: str, phone: Phone) -> None:
    newest = max((message.message_id for message in await phone.messages()), default=0)
    while True:
        try:
            await phone.wait_for(lambda _: True, timeout_s=60, after=newest)
        except TimeoutError:
            continue
        new = [message for message in await phone.messages() if message.message_id > newest]
        newest = max(message.message_id for message in new)
        columns = shutil.get_terminal_size().columns
        print(draw_phones([(name, _bubbles(new))], columns), flush=True)  # noqa: T201


async def _sign_in(phone: Phone, phrase: str) -> None:
    await phone.send("/on")
    await phone.wait_for("Enter team secret phrase:", WITHIN_S)
    await phone.send(phrase)
    await phone.wait_for("You've started receiving messages", WITHIN_S)


def _bubbles(messages: list[ChatMessage]) -> list[Bubble]:
    return [Bubble(m.text, m.from_bot, m.deleted) for m in messages]


async def _while_all_is_well(story: Awaitable[object], supervisor: Supervisor) -> None:
    task = asyncio.ensure_future(story)
    while not task.done():
        await asyncio.wait([task], timeout=0.5)
        try:
            supervisor.check()
        except Exception:
            task.cancel()
            raise
    task.result()
