"""Asks the shop as its page does."""

import base64
import json
import time
from pathlib import Path

from aiohttp import ClientSession

from onduty.signing import read_secret, sign
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.starting.plan import PAGE
from onduty_sandbox import page as sandbox_page
from onduty_sandbox.wire.json_types import Json

PAGES = (
    PAGE / "customers.js",
    Path(sandbox_page.__file__).parent / "static" / "phones" / "phones.js",
)


SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class FixedDispatchers(Dispatchers):
    """Where there is no supervisor."""

    async def running(self) -> dict[str, bool]:
        return {"dispatcher-1": True}

    async def switch(self, name: str, *, on: bool) -> None:
        assert name
        assert on


class Asking:
    """Asks The Shop."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def state(self, conversation: str = "", phones: str = "") -> Json:
        url = f"{self._url}/state?conversation={conversation}&phones={phones}"
        async with self._session.get(url) as answer:
            return dict(await answer.json())

    async def post(self, path: str, body: object) -> tuple[int, Json]:
        url = f"{self._url}/{path}"
        async with self._session.post(url, data=json.dumps(body)) as answer:
            return answer.status, dict(await answer.json())

    async def tell(self, event: Json, secret: str = SECRET) -> int:
        """Tell of an event as the desk does."""
        body = json.dumps(event).encode()
        headers = sign([read_secret(secret)], str(event["id"]), body, at_s=int(time.time()))
        async with self._session.post(f"{self._url}/events", data=body, headers=headers) as answer:
            return answer.status
