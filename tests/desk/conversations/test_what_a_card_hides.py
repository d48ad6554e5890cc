"""A card has a button for looking if it hides something, and only then."""

import pytest

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Push
from onduty_desk.conversations.verbs import Verb

from .pages_of_a_card import (
    all_buttons,
    buttons,
    looked_at,
)

LOOK, CLAIM, MENU = "👀 Look", "🙋 I'll answer", "⋯"


@pytest.mark.parametrize(
    ("texts", "has_look"),
    [
        (["Hello?"], False),
        (["Hello?", "Anybody?"], False),
        (["so on " * 200], False),
        (["so on " * 3_000], True),
        (["so on " * 300, "and on " * 300, "and on " * 300], True),
        ([f"<{n}>" for n in range(300)], True),
    ],
    ids=["one", "two", "a page", "cut", "too much", "a flood"],
)
async def test_the_button_is_there_if_something_is_hidden(
    at_work: Desk, come_on: ComeOn, push: Push, texts: list[str], *, has_look: bool
) -> None:
    """And only then: a look that shows nothing new is a button that lies."""
    push(*texts)
    await come_on(1)
    await at_work.jobs.route()
    await at_work.quiet()
    push("Are you there?")
    await at_work.jobs.route()
    assert await buttons(at_work, 1) == [CLAIM, *([LOOK] if has_look else []), MENU]


async def test_what_was_written_before_is_hidden_too(alice_writes: AliceWrites, push: Push) -> None:
    """The card shows this round; the look shows all that was written."""
    desk = await alice_writes(1, 2, text="The first round")
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    push("The second round")
    await desk.jobs.route()
    assert await buttons(desk, 1) == [CLAIM, LOOK, MENU]
    assert "The first" not in await looked_at(desk, 1)
    await desk.press(1, LOOK)
    text = await looked_at(desk, 1)
    assert text.index("The first round") < text.index("The second round")
    assert await all_buttons(desk, 1) == [CLAIM, "Back"]
