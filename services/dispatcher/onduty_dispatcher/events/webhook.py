"""Delivers events by signed HTTP POST."""

import time
from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Self

import aiohttp
from yarl import URL

from onduty.signing import read_secrets, sign
from onduty_desk.events.queue import MOST_DELIVERING, DueEvent, NotConfirmed
from onduty_desk.events.reasons import NO_ANSWER, REFUSED_FOR_GOOD
from onduty_desk.texts.masking import masked
from onduty_desk.texts.reasons import printable_line
from onduty_dispatcher.events.retry_after import retry_after

LONGEST_PAUSE = timedelta(minutes=15)
"""A backend that was away for hours gets everything within this time after it is back."""

USER_AGENT = f"Onduty/{version('onduty-dispatcher')}"
_LONGEST_REASON = 200
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_FOR_GOOD = (HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY)


class EventWebhook:
    """One pooled client; open it with `async with`. A 2xx confirms an event.

    `secret` may be two secrets with a space between, the new one and the old: both sign. Raises
    `ValueError` for a secret that is not `whsec_<base64>`.
    """

    confirms = True

    def __init__(
        self, url: str, secret: str, *, timeout_s: float = MOST_DELIVERING.total_seconds()
    ) -> None:
        self._url = url
        self._keys = read_secrets(secret)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def __aenter__(self) -> Self:
        # `EventDelivery` limits the requests in flight: one per conversation, and in total.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=self._timeout,
            trust_env=False,
            # A balancer's cookie would bind all events to one machine, also when it is gone.
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._session.close()

    async def deliver(self, event: DueEvent) -> NotConfirmed | None:
        """Post the event; return None if a 2xx confirmed it, else why not.

        A redirect is no confirmation and is not followed. The body of the answer is not read; of
        its headers only `Retry-After`, with 429 and 503.
        """
        body = event.json.encode()
        headers = sign(self._keys, event.id, body, at_s=int(time.time()))
        headers["Content-Type"] = "application/json"
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return _not_confirmed(answer)
        except TimeoutError:
            return NotConfirmed(NO_ANSWER.filled(seconds=f"{self._timeout.total:g}"))
        except (aiohttp.ClientError, OSError) as error:
            return NotConfirmed(_said(error))


def shown(url: str) -> str:
    """Return the address for a log, without a user, a password, and what stands behind the ?."""
    return str(URL(url).with_user(None).with_query(None).with_fragment(None))


def _said(error: Exception) -> str:
    """Return what an error says, on one line, without the address: it may hold a secret."""
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    return masked(printable_line(f"{type(error).__name__}: {said}", _LONGEST_REASON))


def _not_confirmed(answer: aiohttp.ClientResponse) -> NotConfirmed | None:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status in _FOR_GOOD:
        return NotConfirmed(REFUSED_FOR_GOOD.filled(status=status), for_good=True)
    again_in = retry_after(answer.headers, longest=LONGEST_PAUSE) if status in _BUSY else None
    return NotConfirmed(f"HTTP {status}", again_in)
