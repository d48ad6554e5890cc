"""Finding a button below a message by what stands on it."""

from onduty_sandbox.wire.json_types import Json


def find_button(markup: Json | None, label: str) -> Json | None:
    """Return the button with this callback data, or else with this text."""
    buttons = _buttons(markup)
    for name in ("callback_data", "text"):
        for button in buttons:
            if button.get(name) == label:
                return button
    return None


def button_labels(markup: Json | None) -> list[str]:
    """The texts of all buttons, row by row."""
    return [str(button.get("text")) for button in _buttons(markup)]


def _buttons(markup: Json | None) -> list[Json]:
    rows = (markup or {}).get("inline_keyboard")
    if not isinstance(rows, list):
        return []
    return [
        button
        for row in rows
        if isinstance(row, list)
        for button in row
        if isinstance(button, dict)
    ]
