"""What the bot says of itself: in an empty chat, and on its profile."""

import pytest

from onduty_sandbox.client import Sandbox
from onduty_sandbox.wire.json_types import JsonValue
from sandbox.bot_caller import Ask


@pytest.mark.parametrize(
    ("kind", "field", "kept"),
    [
        ("Description", "description", "descriptions"),
        ("ShortDescription", "short_description", "short_descriptions"),
    ],
)
async def test_each_language_has_its_own(
    local: Sandbox, ask: Ask, kind: str, field: str, kept: str
) -> None:
    """Found under exactly its language; an empty text removes it."""

    async def is_now(language: str) -> JsonValue:
        reply = await ask(f"getMy{kind}", language_code=language)
        return reply.body["result"]

    await ask(f"setMy{kind}", **{field: "For all"})
    await ask(f"setMy{kind}", **{field: "На русском"}, language_code="ru")
    assert await is_now("") == {field: "For all"}
    assert await is_now("ru") == {field: "На русском"}
    assert await is_now("de") == {field: ""}
    await ask(f"setMy{kind}", **{field: ""}, language_code="ru")
    assert (await local.bots())[0][kept] == {"": "For all"}


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("setMyDescription", {"description": "x" * 513}),
        ("setMyShortDescription", {"short_description": "x" * 121}),
        ("setMyDescription", {"description": "x", "language_code": "russian"}),
    ],
)
async def test_what_telegram_refuses(ask: Ask, method: str, parameters: dict[str, str]) -> None:
    """512 and 120 characters, and languages of two letters."""
    assert (await ask(method, **parameters)).status == 400
