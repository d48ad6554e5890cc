"""The Shop's web chat, `examples/webchat`: messages go through it, operators answer in it."""

import asyncio
import re
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from onduty import CustomerMessage, DeskUnavailable

AT_ONCE = 4
"""Connections; the web chat has no use for more, as the standard library's server queues five."""
_ANSWERS_WITHIN_S = 10

Line = dict[str, str | int]
"""One line of a conversation: id, kind (customer, operator, note), by, text, at_ms."""


class WebChat:
    """What The Shop asks of it."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def push(self, *messages: CustomerMessage) -> None:
        """Hand it customers' messages, those of a conversation in their order.

        It pushes them with a link of its own; a repeat of one changes nothing.

        Raises:
            ClientError: it does not answer.
            DeskUnavailable: the desk does not take them now; the web chat keeps them.
        """
        conversations = defaultdict(list)
        for message in messages:
            conversations[message.conversation_id].append(message)
        await asyncio.gather(*map(self._push_in_order, conversations.values()))

    async def _push_in_order(self, messages: list[CustomerMessage]) -> None:
        for message in messages:
            said = {
                "key": message.id,
                "name": message.customer_name,
                "text": message.text,
                "group": message.group,
            }
            url = self._lines_of(message.conversation_id)
            async with self._session.post(url, json=said) as answer:
                if answer.status == 503:  # noqa: PLR2004 - Service Unavailable
                    raise DeskUnavailable(str(answer.reason))
                answer.raise_for_status()

    async def answers(self, conversation: str) -> list[Line]:
        """What operators answered in it, oldest first; nothing while it does not answer."""
        try:
            async with self._session.get(self._lines_of(conversation)) as answer:
                answer.raise_for_status()
                return [line for line in await answer.json() if line["kind"] == "operator"]
        except (ClientError, TimeoutError):
            return []

    def link_in(self, text: str) -> str | None:
        """Return the operator's address of a chat of this web chat, if the text holds one."""
        found = re.search(rf"{re.escape(self._url)}/o/[\w-]+", text)
        return found[0] if found else None

    async def answer(self, link: str, text: str) -> None:
        """Answer as the operator who has opened this link; raises ClientError if it cannot be."""
        said = {"key": str(uuid.uuid4()), "text": text}
        async with self._session.post(f"{link}/lines", json=said) as answer:
            answer.raise_for_status()

    async def hear(self, headers: Mapping[str, str], body: bytes) -> None:
        """Pass on what the desk tells, signed as it is; raises ClientError if it is not taken."""
        signed = {name: it for name, it in headers.items() if name.lower().startswith("webhook-")}
        async with self._session.post(f"{self._url}/events", data=body, headers=signed) as answer:
            answer.raise_for_status()

    def _lines_of(self, conversation: str) -> URL:
        return URL(f"{self._url}/c/{quote(conversation, safe='')}/lines", encoded=True)


@asynccontextmanager
async def reach(url: str) -> AsyncIterator[WebChat]:
    """Talk to the web chat at this address until the block ends."""
    timeout = ClientTimeout(total=_ANSWERS_WITHIN_S)
    async with ClientSession(connector=TCPConnector(limit=AT_ONCE), timeout=timeout) as session:
        yield WebChat(session, url)
