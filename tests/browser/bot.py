"""A bot that does what a test tells it."""

from aiohttp import ClientSession

from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object


class Bot:
    """Calls the sandbox as a bot does."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def ask(self, method: str, **parameters: JsonValue) -> JsonValue:
        async with self._session.post(f"{self._url}/{method}", json=parameters) as answer:
            body = as_object(await answer.json())
            assert body["ok"], body
            return body["result"]

    async def send(self, text: str, **more: JsonValue) -> int:
        message = await self.ask("sendMessage", chat_id=7, text=text, parse_mode="HTML", **more)
        return int(str(as_object(message)["message_id"]))

    async def next_tap(self) -> Json:
        """Wait for a tap and return it; what else was written until then is passed over."""
        offset = 0
        while True:
            for update in as_list(await self.ask("getUpdates", timeout=5, offset=offset)):
                it = as_object(update)
                offset = int(str(it["update_id"])) + 1
                if "callback_query" in it:
                    return as_object(it["callback_query"])
