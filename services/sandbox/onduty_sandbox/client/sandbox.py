"""The people of a sandbox, and with its trouble and its log all that the control API can do."""

from collections.abc import Sequence

from onduty_sandbox.client.asking import SandboxError
from onduty_sandbox.client.messages import ChatMessage, read_messages
from onduty_sandbox.client.phone import Phone
from onduty_sandbox.client.request_log import RequestLog
from onduty_sandbox.client.trouble import Trouble
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object


class Sandbox(Trouble, RequestLog):
    """A client of the control API; use it as an async context manager."""

    async def add_user(  # noqa: PLR0913 - a user has that many names
        self,
        user_id: int,
        first_name: str,
        username: str | None = None,
        language_code: str | None = "en",
        *,
        last_name: str | None = None,
        deactivated: bool = False,
        no_reply_header: bool = False,
    ) -> Phone:
        """Add a person, or rename one who is there; returns their phone."""
        await self.ask(
            "POST",
            "users",
            {
                "id": user_id,
                "first_name": first_name,
                "last_name": last_name,
                "username": username,
                "language_code": language_code,
                "deactivated": deactivated,
                "no_reply_header": no_reply_header,
            },
        )
        return self.phone(user_id)

    def phone(self, user_id: int, chat_id: int | None = None, bot: int | None = None) -> Phone:
        """Return a person's phone, open at their chat with the bot or at a group."""
        return Phone(self, user_id, chat_id, bot)

    async def change_user(self, user_id: int, **changes: JsonValue) -> None:
        """Change names, language_code, deactivated or no_reply_header."""
        await self.ask("PATCH", f"users/{user_id}", changes)

    async def add_group(
        self, title: str, members: Sequence[int], *, supergroup: bool = False
    ) -> int:
        """Make a group of these users and all bots; returns its chat id."""
        body: Json = {"title": title, "members": list(members), "supergroup": supergroup}
        return _chat_id(await self.ask("POST", "groups", body))

    async def upgrade_group(self, chat_id: int) -> int:
        """Make it a supergroup; returns its new chat id."""
        return _chat_id(await self.ask("POST", f"groups/{chat_id}/upgrade"))

    async def set_member(
        self, chat_id: int, status: str, *, user: int | None = None, bot: int | None = None
    ) -> None:
        """Make a user or a bot member, left or kicked."""
        who: Json = {"bot": bot} if user is None else {"user": user}
        await self.ask("POST", f"groups/{chat_id}/members", {**who, "status": status})

    async def messages(self, chat_id: int, bot: int | None = None) -> list[ChatMessage]:
        """All messages of a chat in order, the deleted ones too."""
        suffix = "" if bot is None else f"?bot={bot}"
        return read_messages(await self.ask("GET", f"chats/{chat_id}/messages{suffix}"))

    async def bots(self) -> list[Json]:
        """The bots: account, webhook, pending updates, commands."""
        return [as_object(bot) for bot in as_list(await self.ask("GET", "bots"))]

    async def reset(self) -> None:
        """Forget people, chats, faults and the log."""
        await self.ask("POST", "reset")


def _chat_id(answer: JsonValue) -> int:
    chat_id = as_object(as_object(answer)["chat"])["id"]
    if not isinstance(chat_id, int):
        raise SandboxError(f"No chat id in {answer}.")
    return chat_id
