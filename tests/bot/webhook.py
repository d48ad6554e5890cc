"""A bot that Telegram calls, and a call to it."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.phones import Running
from onduty_bot.updates.webhook import SECRET_HEADER
from waiting import until

SECRET = {SECRET_HEADER: "the-secret"}


@asynccontextmanager
async def listening(running: Running, port: int, **others: object) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}/telegram"
    async with running(webhook_url=url, webhook_secret="the-secret", webhook_port=port, **others):
        async with aiohttp.ClientSession() as session:

            async def answers_there() -> bool:
                try:
                    async with session.get(url) as answer:
                        return answer.status == 405
                except aiohttp.ClientConnectionError:
                    return False

            await until(answers_there)
        yield url


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status
