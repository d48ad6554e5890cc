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
from onduty_desk.ending import end
from onduty_sandbox.client import ChatMessage, Phone, Sandbox, SandboxError

OPERATORS = ((101, "Anna", "anna"), (102, "Boris", "boris"))
EXAMPLE = CustomerMessage(
    text="Hi! My parcel should have come yesterday. Where is it?",
    customer_name="Alice",
    recipient="The Shop",
    reply_url="https://shop.example/chat/17",
)
WITHIN_S = 40
_PHRASE_WANTED = "Enter team secret phrase:"
_ON_ALREADY = "You are already an operator"

Phones = dict[str, Phone]


async def tell_the_story(sandbox: Sandbox, plan: Plan) -> Phones:
    """Sign the operators in, push the example, draw the phones; return them by name.

    Raises:
        CannotStart: it does not come to its end; the text says where to read why.
    """
    with _told_in_a_sentence(plan):
        phones = await _sign_everyone_in(sandbox, plan)
        async with AsyncSupportDesk(plan.redis_url) as desk:
            await desk.notify(EXAMPLE)
        await asyncio.gather(*(phone.wait_for(EXAMPLE.text, WITHIN_S) for phone in phones.values()))
        await show(phones)
    return phones


async def show(phones: Phones) -> None:
    """Draw all phones as they are now."""
    drawn = [(name, _bubbles(await phone.messages())) for name, phone in phones.items()]
    print(draw_phones(drawn, shutil.get_terminal_size().columns), flush=True)  # noqa: T201


async def show_what_comes(sandbox: Sandbox, plan: Plan, phones: Phones) -> None:
    """Draw each new message of a phone as it comes, until cancelled.

    A sandbox that was started again has forgotten everybody: the operators sign in once more.
    """
    while True:
        with suppress(ClientError, SandboxError):
            await _watch_all(phones)
        print("The local Telegram went away; the operators sign in again …", flush=True)  # noqa: T201
        await wait_until_ready(sandbox.bots)
        with _told_in_a_sentence(plan):
            phones = await _sign_everyone_in(sandbox, plan)
            await show(phones)


@contextmanager
def _told_in_a_sentence(plan: Plan) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, DeskUnavailable, ClientError, SandboxError) as error:
        why = str(error).partition("\n")[0]
        raise CannotStart(
            f"the example did not reach both phones ({why}); see the logs in {plan.folder / 'log'}"
        ) from error


async def _watch_all(phones: Phones) -> None:
    watching = [asyncio.create_task(_watch(name, phone)) for name, phone in phones.items()]
    try:
        await asyncio.gather(*watching)
    finally:
        await end(*watching, again_after_s=0.5)


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


async def _sign_everyone_in(sandbox: Sandbox, plan: Plan) -> Phones:
    phones = {who[1]: await sandbox.add_user(*who) for who in OPERATORS}
    await asyncio.gather(*(_sign_in(phone, plan.sign_in_phrase) for phone in phones.values()))
    return phones


async def _sign_in(phone: Phone, phrase: str) -> None:
    await phone.send("/on")
    answer = await phone.wait_for(_answers_on, WITHIN_S)
    if _PHRASE_WANTED in answer.text:
        await phone.send(phrase)
        await phone.wait_for("You've started receiving messages", WITHIN_S)


def _answers_on(message: ChatMessage) -> bool:
    return message.from_bot and (_PHRASE_WANTED in message.text or _ON_ALREADY in message.text)


def _bubbles(messages: list[ChatMessage]) -> list[Bubble]:
    return [Bubble(m.text, m.from_bot, m.deleted) for m in messages]
