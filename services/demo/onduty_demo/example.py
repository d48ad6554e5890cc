"""The demo's own story: two operators sign in, a customer writes, their phones ring."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aiohttp import ClientError

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable
from onduty_demo.phones import Bubble, draw_phones
from onduty_demo.plan import Plan
from onduty_demo.readiness import CannotStart, wait_until_ready
from onduty_demo.shop.conversations import Conversations
from onduty_demo.signing_in import WITHIN_S, sign_in
from onduty_desk.connection import connect
from onduty_desk.ending import end
from onduty_sandbox.client import ChatMessage, Phone, Sandbox, SandboxError

OPERATORS = ((101, "Anna", "anna"), (102, "Boris", "boris"))
EXAMPLE = CustomerMessage(
    text="Hi! My parcel should have come yesterday. Where is it?",
    customer_name="Alice",
    recipient="The Shop",
    reply_url="https://shop.example/chat/17",
)
_SHOWN = 12
"""Of a phone's messages, when it is drawn for the first time."""

Phones = dict[str, Phone]


async def tell_the_story(sandbox: Sandbox, plan: Plan) -> Phones:
    """Sign the operators in, push the example, draw the phones; return them by name.

    Raises:
        CannotStart: it does not come to its end; the text says where to read why.
    """
    with _told_in_a_sentence(plan):
        phones = await _sign_everyone_in(sandbox, plan)
        newest = {name: await _newest(phone) for name, phone in phones.items()}
        async with connect(plan.redis_url) as redis, AsyncSupportDesk(plan.redis_url) as desk:
            await Conversations(redis, desk).say(EXAMPLE)
        ringing = (
            phone.wait_for(EXAMPLE.text, WITHIN_S, after=newest[name])
            for name, phone in phones.items()
        )
        await asyncio.gather(*ringing)
        await show(phones)
    return phones


async def show(phones: Phones) -> None:
    """Draw all phones as they are now."""
    drawn = [(name, _bubbles((await phone.messages())[-_SHOWN:])) for name, phone in phones.items()]
    print(draw_phones(drawn, shutil.get_terminal_size().columns), flush=True)  # noqa: T201


async def show_what_comes(sandbox: Sandbox, phones: Phones) -> None:
    """Draw each new message of a phone as it comes, until cancelled.

    A sandbox that is started again knows everything it knew.
    """
    newest = {name: await _newest(phone) for name, phone in phones.items()}
    while True:
        with suppress(ClientError):
            await _watch_all(phones, newest)
        await wait_until_ready(sandbox.bots)


@contextmanager
def _told_in_a_sentence(plan: Plan) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, DeskUnavailable, ClientError, SandboxError) as error:
        why = str(error).partition("\n")[0]
        raise CannotStart(
            f"the example did not reach both phones ({why}); see the logs in {plan.folder / 'log'}"
        ) from error


async def _watch_all(phones: Phones, newest: dict[str, int]) -> None:
    watching = [asyncio.create_task(_watch(name, phone, newest)) for name, phone in phones.items()]
    try:
        await asyncio.gather(*watching)
    finally:
        await end(*watching, again_after_s=0.5)


async def _watch(name: str, phone: Phone, newest: dict[str, int]) -> None:
    while True:
        try:
            await phone.wait_for(lambda _: True, timeout_s=60, after=newest[name])
        except TimeoutError:
            continue
        new = [message for message in await phone.messages() if message.message_id > newest[name]]
        newest[name] = max(message.message_id for message in new)
        columns = shutil.get_terminal_size().columns
        print(draw_phones([(name, _bubbles(new))], columns), flush=True)  # noqa: T201


async def _newest(phone: Phone) -> int:
    return max((message.message_id for message in await phone.messages()), default=0)


async def _sign_everyone_in(sandbox: Sandbox, plan: Plan) -> Phones:
    phones = {who[1]: await sandbox.add_user(*who) for who in OPERATORS}
    await asyncio.gather(*(sign_in(phone, plan.sign_in_phrase) for phone in phones.values()))
    return phones


def _bubbles(messages: list[ChatMessage]) -> list[Bubble]:
    return [Bubble(m.text, m.from_bot, m.deleted) for m in messages]
