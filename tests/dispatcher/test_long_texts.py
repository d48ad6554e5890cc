"""Long texts and long links: one bubble where it fits, short to look at, whole behind a tap."""

import re
from dataclasses import replace

import pytest

from desk_at_work.card_reading import read, read_card
from onduty_desk.phones.view import View
from onduty_dispatcher.cards.card import write_card, write_current_card
from onduty_dispatcher.cards.parts import MOST_UNITS
from onduty_dispatcher.cards.split import units
from onduty_dispatcher.cards.status import status

from .card_messages import ENGLISH, LINK, message

YOURS = View(state="claimed", is_owner=True)
LONG = "https://shop.example/orders/17?" + "&".join(f"field{n}=value{n}" for n in range(40))


def quotes(html: str) -> list[tuple[str, str]]:
    return re.findall(r"<(blockquote[a-z ]*)>(.*?)</blockquote>", html, re.DOTALL)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Where is it?", "blockquote"),
        ("x" * 300, "blockquote"),
        ("x" * 301, "blockquote expandable"),
        ("\n".join("abcdef"), "blockquote"),
        ("\n".join("abcdefg"), "blockquote expandable"),
        (f"See {LONG}", "blockquote"),
    ],
)
def test_a_long_text_unfolds_at_a_tap(text: str, tag: str) -> None:
    """A chat of long texts stays short; a short text is shown as it is."""
    card = write_card([message(text)], ENGLISH)
    assert [found for found, _ in quotes(card.parts[0].html)] == [tag]


def test_a_text_that_fits_into_one_message_is_one_bubble() -> None:
    """And stays whole when it is claimed, whatever is in the line above it then."""
    for name in ("Al", "n" * 256, "👩‍👩‍👧‍👦" * 30):
        fields = {"customer_name": name, "recipient": "The Shop"}
        least = write_card([message("x", **fields)], ENGLISH).parts[0]
        card, length = None, 4_096
        while card is None or len(card.parts) > 1:
            length -= 1
            card = write_card([message("x" * length, **fields)], ENGLISH)
        assert length > 4_096 - units(least.plain) - 170
        sent = message("x" * length, **fields)
        for view in (YOURS, replace(YOURS, is_answered=True)):
            above = status(view, name, ENGLISH)
            current = read(write_current_card([sent], ENGLISH, status=above, count=1))
            assert current.quoted == "x" * length


def test_4096_characters_are_two_bubbles_of_some_size() -> None:
    """Not one, and a second of six characters."""
    for text in ("x" * 4_096, "word " * 819, "One line.\n" * 410):
        first, second = read_card(write_card([message(text)], ENGLISH))
        assert min(units(first.quoted), units(second.quoted)) > 1_000
        assert second.text.splitlines()[-2:] == [f"Reply: {LINK}", "2/2"]


def test_a_full_bubble_gives_way_to_the_lines_above_it() -> None:
    """Returned from somebody with a long name: the end of the text is where the link leads."""
    sent = message("word " * 790)
    (whole,) = read_card(write_card([sent], ENGLISH))
    assert "continued" not in whole.text
    view = View(count=3, returned_from="Anna" + "n" * 60, now_ms=10**9)
    above = status(view, "Alice", ENGLISH)
    current = read(write_current_card([sent], ENGLISH, status=above, count=3))
    lines = current.text.splitlines()
    assert lines[2:3] == ["… 2 earlier messages"]
    assert lines[-3:] == [f"… continued at {LINK}", "Alice writes to The Shop", f"Reply: {LINK}"]
    assert units(current.text) > MOST_UNITS - 20
    assert sent.text.startswith(current.quoted)


def test_a_long_link_is_short_with_the_whole_address_behind_it() -> None:
    """Eight lines of a phone become one, in a customer's text and in our lines."""
    files = [{"url": LONG, "file_name": "f"}]
    sent = message(f"See {LONG}, and {LONG}", reply_url=LONG, attachments=files)
    (part,) = read_card(write_card([sent], ENGLISH))
    short = f"{LONG[:50]}…"
    assert part.text.splitlines() == [
        f"See {short}, and {short}",
        f"📎 f: {short}",
        "Alice writes to The Shop",
        f"Reply: {short}",
    ]
    assert part.links == [LONG] * 4
    assert part.quoted == f"See {LONG}, and {LONG}"


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example@evil.example/" + "x" * 100,
        "https://shop.example:pass@evil.example/" + "x" * 100,
        "https://shop.example\\@evil.example/" + "x" * 100,
        "https://магазин.рф/" + "x" * 100,
        "https://" + "shop.example." * 8 + "evil.example/" + "x" * 50,
    ],
)
def test_a_link_that_could_seem_to_lead_elsewhere_is_shown_whole(address: str) -> None:
    """What precedes an @, another alphabet, a host that hides its end."""
    (part,) = read_card(write_card([message(f"See {address}")], ENGLISH))
    assert "…" not in part.text
    assert "<a" not in write_card([message(f"See {address}")], ENGLISH).parts[0].html


def test_a_host_is_shown_to_its_end() -> None:
    """However long it is, as far as it makes the link shorter."""
    host = "https://shop.example." + "a" * 40 + ".evil.example"
    (part,) = read_card(write_card([message(f"{host}/{'x' * 100}")], ENGLISH))
    assert part.text.splitlines()[0] == f"{host}/…"


def test_half_an_encoded_letter_is_not_shown() -> None:
    """The beginning ends before it."""
    address = "https://ru.shop.example/wiki/" + "%D0%B0" * 40
    (part,) = read_card(write_card([message(address)], ENGLISH))
    shown = part.text.splitlines()[0]
    assert re.fullmatch(r"https://ru.shop.example/wiki/(%[0-9A-F]{2})+…", shown)
    assert part.links[0] == address


@pytest.mark.parametrize("shift", range(0, 60, 7))
def test_a_cut_leaves_each_long_link_whole(shift: int) -> None:
    """Wherever it falls."""
    text = "y" * shift + " " + f"{LONG[:130]} word " * 300
    parts = read_card(write_card([message(text)], ENGLISH))
    links = [link for part in parts for link in part.links if link != LINK]
    assert len(parts) == 3
    assert len(links) > 100
    assert set(links) == {LONG[:130]}
