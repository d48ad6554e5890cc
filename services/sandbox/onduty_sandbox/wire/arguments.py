"""Reading the parameters of one call, whichever way they were sent."""

import json

from onduty_sandbox.wire.errors import ApiError, bad_request, not_utf8
from onduty_sandbox.wire.json_types import Json, JsonValue

TRUE_WORDS = frozenset({"true", "yes", "1"})


def decode_json(text: str | bytes) -> JsonValue:
    """Decode JSON; raises ValueError, or Telegram's refusal of strings that are not UTF-8."""
    try:
        source = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError:
        raise not_utf8() from None
    value: JsonValue = json.loads(source)
    # Only an escape can bring half of a surrogate pair.
    if "\\u" in source:
        check_utf8(json.dumps(value, ensure_ascii=False))
    return value


def check_utf8(text: str) -> None:
    """Raise Telegram's refusal when the text has an unpaired surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise not_utf8() from None


class Arguments:
    """The parameters by name; a value may be JSON already or still its text."""

    __slots__ = ("values",)

    def __init__(self, values: Json) -> None:
        self.values = values

    def given(self, name: str) -> bool:
        """Whether the parameter was sent and is not empty."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """Return a string; an absent one is empty."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else json.dumps(value)

    def required_text(self, name: str) -> str:
        """Return a string that must be there."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number; like Telegram, take what is none for the default."""
        value = self.values.get(name)
        if isinstance(value, int):
            return int(value)
        try:
            return int(self.text(name).strip())
        except ValueError:
            return default

    def bounded(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Return a whole number, pulled into its range as Telegram does."""
        return max(lowest, min(self.integer(name, default), highest))

    def flag(self, name: str) -> bool:
        """Return a Boolean; anything but true, yes and 1 is false."""
        value = self.values.get(name)
        if isinstance(value, bool):
            return value
        return self.text(name).strip().lower() in TRUE_WORDS

    def structure(self, name: str, refusal: str | None = None) -> JsonValue:
        """Return a JSON-serialized object or array; None when it is absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return decode_json(value)
        except ValueError:
            raise self._unparsable(name, refusal) from None

    def _unparsable(self, name: str, refusal: str | None) -> ApiError:
        return bad_request(refusal or f"can't parse {name} JSON object")
