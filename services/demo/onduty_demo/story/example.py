"""The demo's own story: two operators sign in, a customer writes, their phones ring."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

from aiohttp import ClientError
from redis.asyncio import Redis

from onduty import AsyncSupportDesk, DeskUnavailable
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.scene import Phones, example, sign_all_in
from onduty_demo.shop.signing_in import WITHIN_S
from onduty_demo.shop.web_chat import reach
from onduty_demo.starting.plan import Plan
from onduty_demo.starting.readiness import CannotStart, wait_until_ready
from onduty_demo.story.phones import Bubble, draw_phones
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.connection import connect
from onduty_sandbox.client import ChatMessage, Phone, Sandbox, SandboxError

LOOK_AGAIN_S = 0.5
_LAST_EXAMPLE = "onduty-demo:example"
"""String: the conversation of the newest run's example."""


async def tell_the_story(phones: Phones, plan: Plan) -> None:
    """Sign the operators in, push the example, draw the phones.

    Raises:
        CannotStart: it does not come to its end; the text says where to read why.
    """
    message = example()
    with _told_in_a_sentence(plan):
        async with connect(plan.redis_url) as redis, AsyncSupportDesk(plan.redis_url) as desk:
            await _close_the_one_before(redis, desk, message.conversation_id)
            before = {name: await _newest(phone) for name, phone in phones.items()}
            await sign_all_in(redis, phones, plan.sign_in_phrase)
            async with reach(plan.web_chat_url or "") as web_chat:
                await Conversations(redis, web_chat).say(message)
        ringing = (
            phone.wait_for(message.text, WITHIN_S, after=before[name])
            for name, phone in phones.items()
        )
        await asyncio.gather(*ringing)
        _draw([(name, await _since(phone, before[name])) for name, phone in phones.items()])


async def _close_the_one_before(redis: Redis, desk: AsyncSupportDesk, new: str) -> None:
    """Let the example of an earlier run wait no more: it would stand in the way of this one."""
    before = cast("str | None", await redis.getset(_LAST_EXAMPLE, new))
    if before:
        await desk.close(before)


async def show_what_comes(sandbox: Sandbox, phones: Phones) -> None:
    """Draw each new message of a phone as it comes, until cancelled.

    A sandbox that is started again knows everything it knew.
    """
    newest = {name: await _newest(phone) for name, phone in phones.items()}
    while True:
        with suppress(ClientError, SandboxError):
            await _watch_all(phones, newest)
        await asyncio.sleep(LOOK_AGAIN_S)
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
        await cancel(*watching, again_after_s=0.5)


async def _watch(name: str, phone: Phone, newest: dict[str, int]) -> None:
    while True:
        try:
            await phone.wait_for(lambda _: True, timeout_s=60, after=newest[name])
        except TimeoutError:
            continue
        new = await _since(phone, newest[name])
        newest[name] = max(message.message_id for message in new)
        _draw([(name, new)])


def _draw(phones: list[tuple[str, list[ChatMessage]]]) -> None:
    drawn = [(name, _bubbles(messages)) for name, messages in phones]
    print(draw_phones(drawn, shutil.get_terminal_size().columns), flush=True)  # noqa: T201 - told to a person


async def _since(phone: Phone, message_id: int) -> list[ChatMessage]:
    return [message for message in await phone.messages() if message.message_id > message_id]


async def _newest(phone: Phone) -> int:
    return max((message.message_id for message in await phone.messages()), default=0)


def _bubbles(messages: list[ChatMessage]) -> list[Bubble]:
    return [Bubble(_with_buttons(m), m.from_bot, m.deleted) for m in messages]


def _with_buttons(message: ChatMessage) -> str:
    rows = (" ".join(f"[ {button.text} ]" for button in row) for row in message.buttons)
    return "\n".join([message.text, *rows])
