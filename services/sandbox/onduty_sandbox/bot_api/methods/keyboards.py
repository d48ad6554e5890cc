"""Reading reply_markup (https://core.telegram.org/bots/api#inlinekeyboardmarkup)."""

from onduty_sandbox.texts.links import checked_link
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.errors import ApiError, bad_request
from onduty_sandbox.wire.json_types import Json, JsonValue

# InlineKeyboardButton, callback_data: "1-64 bytes".
LONGEST_DATA_BYTES = 64
# The official server refuses more buttons than this.
MOST_BUTTONS = 100
UNPARSABLE = "can't parse reply keyboard markup JSON object"

BUTTON_FIELDS = frozenset(
    {
        *("text", "icon_custom_emoji_id", "style", "url", "callback_data", "web_app", "login_url"),
        *("switch_inline_query", "switch_inline_query_current_chat"),
        *("switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"),
    }
)
# Beside url and callback_data, which have checks of their own.
OTHER_ACTIONS = BUTTON_FIELDS - {"text", "icon_custom_emoji_id", "style", "url", "callback_data"}
STYLES = frozenset({"", "default", "primary", "danger", "success"})
OTHER_MARKUPS = frozenset({"keyboard", "remove_keyboard", "force_reply"})


def read_markup(arguments: Arguments) -> tuple[Json | None, Json | None]:
    """Return the inline buttons and any other keyboard; at most one of them is there."""
    value = arguments.structure("reply_markup", UNPARSABLE)
    if value is None:
        return None, None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return _inline(value["inline_keyboard"]), None
    if not OTHER_MARKUPS & value.keys():
        return None, None
    if "keyboard" in value and not _is_rows(value["keyboard"]):
        raise bad_request('field "keyboard" must be an Array of Arrays')
    return None, value


def _is_rows(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(row, list) for row in value)


def _inline(value: JsonValue) -> Json | None:
    if not isinstance(value, list):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    rows: list[list[Json]] = []
    for row in value:
        if not isinstance(row, list):
            raise bad_request('field "inline_keyboard" must be an Array of Arrays')
        buttons = [_button(button) for button in row]
        if buttons:
            rows.append(buttons)
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _button(button: JsonValue) -> Json:
    if not isinstance(button, dict):
        raise _wrong("InlineKeyboardButton must be an Object")
    for name in button:
        if name not in BUTTON_FIELDS:
            raise bad_request(f'unknown parameter "reply_markup.{name}" (sandbox)')
    _check_label(button)
    if button.get("url"):
        return {**button, "url": _button_link(str(button["url"]))}
    if button.get("callback_data"):
        _check_data(button["callback_data"])
    elif not OTHER_ACTIONS & button.keys():
        raise _wrong("Text buttons are unallowed in the inline keyboard")
    return button


def _check_label(button: Json) -> None:
    text = button.get("text")
    if not isinstance(text, str):
        raise _wrong('Can\'t find field "text"')
    if button.get("style", "") not in STYLES:
        raise _wrong("invalid button style specified")
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")


def _check_data(data: JsonValue) -> None:
    if not isinstance(data, str):
        raise _wrong('Field "callback_data" must be of type String')
    if len(data.encode()) > LONGEST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _button_link(url: str) -> str:
    link = checked_link(url)
    if link is None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return link


def _wrong(reason: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
