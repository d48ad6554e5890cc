"""python-telegram-bot's HTTP requests over aiohttp: eight times faster, with exact failures.

`NotTaken` means that the request was certainly not taken; with any other `NetworkError` it may have
been. Error texts are our own: aiohttp's hold the URL, and the URL holds the bot's token.
"""

import errno
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from onduty_desk.telegram.connecting import Progress, open_session, progress_of_request
from onduty_desk.telegram.counted import note_request
from onduty_desk.telegram.reading import NotTaken, check_answer, result_of

__all__ = ["READ_TIMEOUT_S", "AiohttpRequest", "NotTaken"]

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 8.0
"""Shorter than the lease of a send (12 s) by a margin, so that no lease ends during a request."""

MOST_BYTES = 1024 * 1024
"""Limit of an answer. Telegram's have a few kilobytes; a larger one is not Telegram's."""

MOST_BYTES_OF_UPDATES = 64 * 1024 * 1024
"""A hundred updates, each with a text of 4,096 characters that replies to another, take 6 MB."""

_JSON = {"Content-Type": "application/json"}

T = TypeVar("T")


class AiohttpRequest(BaseRequest):
    """One pooled client per process; its first request opens it, `shutdown` closes it.

    Only for the methods of the Bot API, which answer JSON; not for files. `initialize` opens
    nothing: PTB forgets an initialization that is cancelled, and its `shutdown` does nothing then.

    Args:
        read_timeout_s: for requests without a time-out of their own.
        proxy: the proxy to Telegram; the environment is not read.
        on_refused: called when Telegram refuses the token, whatever was asked.
    """

    def __init__(
        self,
        *,
        read_timeout_s: float = READ_TIMEOUT_S,
        proxy: URL | None = None,
        on_refused: Callable[[], None] | None = None,
    ) -> None:
        self._read_timeout_s = read_timeout_s
        self._proxy = proxy
        self._on_refused = on_refused
        self._is_initialized = False
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """The default time-out of a request, in seconds."""
        return self._read_timeout_s

    async def initialize(self) -> None:
        """Allow requests; a second call changes nothing."""
        self._is_initialized = True

    async def shutdown(self) -> None:
        """Close the client; a second call changes nothing."""
        self._is_initialized = False
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
        """Send one request; return 200 and the body of Telegram's "ok".

        Any other answer is raised, so that PTB never takes another server's page for Telegram's
        answer: `NotTaken`, `TimedOut` and `NetworkError` (it may have been taken), or Telegram's
        own refusals, see `check_answer`.
        """
        within = aiohttp.ClientTimeout(
            # It includes connecting: the whole request ends before its lease does.
            total=_seconds(read_timeout, self._read_timeout_s),
            sock_connect=_seconds(connect_timeout, CONNECT_TIMEOUT_S),
        )
        asked: aiohttp.FormData | bytes | None = None
        if request_data is not None and request_data.contains_files:
            asked = _multipart(request_data)
        elif request_data is not None:
            asked = request_data.json_payload
        return 200, await self._ask(check_answer, url, method, asked, within)

    async def call(self, url: str, parameters: bytes) -> object:
        """Post parameters, encoded as JSON; return the result. Raises as `do_request` does.

        PTB's own way to `do_request` would parse each answer twice.
        """
        within = aiohttp.ClientTimeout(total=self._read_timeout_s, sock_connect=CONNECT_TIMEOUT_S)
        return await self._ask(result_of, url, "POST", parameters, within)

    async def _ask(
        self,
        read: Callable[[int, bytes], T],
        url: str,
        method: str,
        asked: aiohttp.FormData | bytes | None,
        within: aiohttp.ClientTimeout,
    ) -> T:
        began = monotonic()
        try:
            answer = read(*await self._exchange(url, method, asked, within))
        except TelegramError as error:
            note_request(url, began, error)
            if self._on_refused and isinstance(error, InvalidToken):
                self._on_refused()
            raise
        note_request(url, began)
        return answer

    async def _exchange(
        self,
        url: str,
        method: str,
        asked: aiohttp.FormData | bytes | None,
        within: aiohttp.ClientTimeout,
    ) -> tuple[int, bytes]:
        progress = Progress()
        progress_of_request.set(progress)
        try:
            return await self._request(url, method, asked, within)
        except Exception as error:  # noqa: BLE001 - PTB would log it, with the token
            # Without its cause, for the same reason.
            raise _failure(error, within, is_connected=progress.is_connected) from None

    async def _request(
        self,
        url: str,
        method: str,
        asked: aiohttp.FormData | bytes | None,
        within: aiohttp.ClientTimeout,
    ) -> tuple[int, bytes]:
        if not self._is_initialized:
            raise RuntimeError("AiohttpRequest is not initialized")
        if self._session is None:
            self._session = open_session(self._proxy, self.USER_AGENT)
        most = MOST_BYTES_OF_UPDATES if url.endswith("/getUpdates") else MOST_BYTES
        headers = _JSON if isinstance(asked, bytes) else None
        async with self._session.request(
            method, url, data=asked, headers=headers, timeout=within, allow_redirects=False
        ) as answer:
            return answer.status, await _read(answer, most)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Read a body; of one beyond the limit only the beginning."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > most:
            answer.close()
            break
    return bytes(body)


def _failure(
    error: Exception, within: aiohttp.ClientTimeout, *, is_connected: bool
) -> NetworkError:
    name = type(error).__name__
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        name = f"{name}, {errno.errorcode[error.errno]}"
    if not is_connected:
        return NotTaken(f"no connection to Telegram ({name})")
    if isinstance(error, TimeoutError):
        return TimedOut(f"no answer within {within.total:g} s")
    return NetworkError(f"connection lost before the answer ({name})")


def _seconds(given: ODVInput[float], default: float) -> float | None:
    return default if isinstance(given, DefaultValue) else given


def _multipart(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=mime_type)
    return form
