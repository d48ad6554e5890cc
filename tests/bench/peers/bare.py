"""The floor: nothing but aiohttp, sending cards as fast as it can. It keeps nothing in mind."""

import asyncio
import itertools
import json
import os
import sys

import aiohttp
import uvloop

from bench.words import card


async def _send(operators: int, at_once: int) -> None:
    url = f"{os.environ['ONDUTY_TELEGRAM_API_URL']}/bot{os.environ['ONDUTY_BOT_TOKEN']}/sendMessage"
    numbers = itertools.count()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send_on() -> None:
            while True:
                number = next(numbers)
                body = {
                    "chat_id": number % operators + 1,
                    "text": card(number // operators),
                    "parse_mode": "HTML",
                    "link_preview_options": {"is_disabled": True},
                }
                async with session.post(
                    url,
                    data=json.dumps(body).encode(),
                    headers={"Content-Type": "application/json"},
                ) as answer:
                    await answer.read()

        await asyncio.gather(*(send_on() for _ in range(at_once)))


if __name__ == "__main__":
    uvloop.run(_send(int(sys.argv[1]), int(sys.argv[2])))
