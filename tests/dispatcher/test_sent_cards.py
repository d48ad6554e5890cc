"""What phones show of a sent card: its words, its links, its language, its parts."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from desk_at_work.fixtures import ComeOn, MoveClock, Push, Route
from hostile import HOSTILE
from onduty_desk.conversations.rules import Rules
from onduty_sandbox.client import Phone, Sandbox

from .sends import sends


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


async def test_the_card_as_the_phone_shows_it(
    phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """In the contract's form, ringing, link previews off."""
    await come_on(1)
    push("Hello <b>", reply_url="https://shop.example/c/1")
    await route()
    card = await phones[0].wait_for("Hello")
    assert card.text == ("Hello <b>\nAlice writes to The Shop\nReply: https://shop.example/c/1")
    assert card.preview_off
    assert not card.silent
    assert [entity["type"] for entity in card.entities if entity["type"] != "url"] == [
        "blockquote",
        "bold",
    ]


async def test_an_address_that_ends_a_sentence_is_a_link_to_its_end(
    phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Telegram would leave out its last character; the operator's tap opens it all the same."""
    await come_on(1)
    link = "https://shop.example/c/(1)."
    push("Hello", reply_url=link)
    await route()
    card = await phones[0].wait_for("Hello")
    assert card.text == f"Hello\nAlice writes to The Shop\nReply: {link}"
    assert link in [entity.get("url") for entity in card.entities]


async def test_a_host_without_a_dot_is_warned_of_once(
    phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Telegram shows no link to such a host: whoever set it up learns it from the log."""
    await come_on(1)
    with capture_logs() as logs:
        push("One", reply_url="http://chatwoot-test:3000/1")
        await route()
        await phones[0].wait_for("Reply: http://chatwoot-test:3000/1")
        push("Two", reply_url="http://chatwoot-test:3000/2")
        await route()
        await phones[0].wait_for("Reply: http://chatwoot-test:3000/2")
    warned = [log for log in logs if log["event"] == "reply_url.no_link"]
    assert [log["host"] for log in warned] == ["chatwoot-test"]


async def test_what_waited_for_hours_says_so(
    phones: list[Phone], come_on: ComeOn, push: Push, route: Route, move_clock: MoveClock
) -> None:
    """Who comes on in the morning knows what was written in the night."""
    push("Hello")
    await route()
    await move_clock(timedelta(hours=9, minutes=15))
    await come_on(1)
    push("Hello again", conversation="c2")
    await route()
    card = await phones[0].wait_for("Hello again")
    assert "🕓 written 9 h ago" in card.text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_texts_arrive_readable(
    text: str, sandbox: Sandbox, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Telegram takes every card, as HTML, and shows no other markup than our quote and links."""
    await come_on(1)
    push(text, customer_name=f"A{text[:200]}", details={"said": text[:256]})
    await route()
    last = await phones[0].wait_for("writes to The Shop")
    cards = [m for m in await phones[0].messages() if m.from_bot]
    assert cards[-1] == last
    assert all(send.parameters["parse_mode"] == "HTML" for send in await sends(sandbox))
    kinds = {entity["type"] for card in cards for entity in card.entities}
    assert kinds <= {"blockquote", "expandable_blockquote", "url", "bold"}
    readable = "".join(card.text for card in cards)
    first_word = next((word for word in text.split() if word.isascii() and word.isalnum()), "")
    assert first_word in readable


async def test_an_operator_reads_the_card_in_their_language(
    sandbox: Sandbox, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Russian for one, English for another, of the same message."""
    await come_on(1)
    await come_on(2, language="ru")
    push("Hello", reply_url="https://shop.example/c/1")
    await route()
    await phones[0].wait_for("Alice writes to The Shop")
    card = await phones[1].wait_for("Hello")
    assert "Alice пишет в The Shop" in card.text
    assert len(await sends(sandbox)) == 2


async def test_a_long_message_comes_in_parts_in_order(
    phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """All parts, then the next message."""
    await come_on(1)
    push("word " * 2_000, "Next")
    await route()
    await phones[0].wait_for("Next")
    cards = [m.text for m in await phones[0].messages() if m.from_bot]
    assert [text.splitlines()[-1] for text in cards[:3]] == ["1/3", "2/3", "3/3"]
    assert cards[3].startswith("Alice · 2 messages\nNext")
