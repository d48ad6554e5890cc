"""What the Bot API answers when it refuses: status, Telegram's own text, parameters."""

from onduty_sandbox.wire.json_types import Json


class ApiError(Exception):
    """A refusal, as https://core.telegram.org/bots/api#making-requests describes it."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    @property
    def retry_after(self) -> int | None:
        """The seconds to wait, when this is a 429."""
        seconds = (self.parameters or {}).get("retry_after")
        return seconds if isinstance(seconds, int) else None

    def as_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """400: the request can never succeed as it is."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """403: this chat is closed to the bot."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """409: somebody else receives the updates."""
    return ApiError(409, f"Conflict: {reason}")


def not_found() -> ApiError:
    """404: no such method or path."""
    return ApiError(404, "Not Found")


def migrated(chat_id: int) -> ApiError:
    """400: the group lives on under another id (ResponseParameters.migrate_to_chat_id)."""
    reason = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, reason, {"migrate_to_chat_id": chat_id})


def too_many_requests(retry_after: int) -> ApiError:
    """429: again after so many seconds (ResponseParameters.retry_after)."""
    reason = f"Too Many Requests: retry after {retry_after}"
    return ApiError(429, reason, {"retry_after": retry_after})


def not_utf8() -> ApiError:
    """400: some string is not text."""
    return bad_request("strings must be encoded in UTF-8")
