"""Tells the chat backend of an event by a signed HTTP POST."""

import time
from http import HTTPStatus
from typing import Self

import aiohttp

from onduty.signing import read_secret, sign
from onduty_desk.masking import masked
from onduty_dispatcher.undelivered import MOST_DELIVERING, DueEvent

_LONGEST_REASON = 200


class Webhook:
    """One pooled client; open it with `async with`.

    Raises `ValueError` for a secret of another form than `whsec_<base64>`.
    """

    def __init__(
        self, url: str, secret: str, *, timeout_s: float = MOST_DELIVERING.total_seconds()
    ) -> None:
        self._url = url
        self._key = read_secret(secret)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def __aenter__(self) -> Self:
        # Each conversation has one request under way; how many, the Backend decides.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=self._timeout, trust_env=False
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._session.close()

    async def deliver(self, event: DueEvent) -> str | None:
        """Post the event; return None if any 2xx confirmed it, else why not.

        A redirect confirms nothing and is not followed. What the answer holds is not read.
        """
        body = event.json.encode()
        headers = sign(self._key, event.id, body, at_s=int(time.time()))
        headers["Content-Type"] = "application/json"
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except TimeoutError:
            return f"no answer within {self._timeout.total:g} s"
        except (aiohttp.ClientError, OSError) as error:
            return masked(f"{type(error).__name__}: {error}")[:_LONGEST_REASON]
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        return f"HTTP {status}"
