"""A customer's words, names and links on a card: all of them, and nothing that passes for ours."""

import re
from datetime import timedelta

import pytest

from desk_at_work.card_reading import read, read_card
from onduty import Attachment
from onduty_desk.texts import LANGUAGES, words
from onduty_dispatcher.cards.card import write_card, write_current_card
from onduty_dispatcher.cards.pieces import line
from onduty_dispatcher.cards.split import units

from .card_messages import ENGLISH, LINK, message


def lines(text: str = "Hello", **fields: object) -> list[str]:
    (part,) = read_card(write_card([message(text, **fields)], ENGLISH))
    return part.text.splitlines()


def test_each_author_s_words_stand_above_their_own_name() -> None:
    """Alice, then Bob in one conversation: nobody is told that Bob said what Alice did."""
    messages = [message("From Bob", customer_name="Bob"), message("Two"), message("One")]
    part = write_current_card(messages, ENGLISH, status=[line("3 messages")], count=3)
    assert read(part).text.splitlines() == [
        "3 messages",
        "One",
        "Two",
        "Alice writes to The Shop",
        "From Bob",
        "Bob writes to The Shop",
        f"Reply: {LINK}",
    ]


@pytest.mark.parametrize("character", ["x", "слово ", "👩‍👩‍👧‍👦", "One line.\n"])
def test_a_long_text_leaves_room_for_its_file_and_order(character: str) -> None:
    """22,500 characters, a file and an order: only the words are cut."""
    photo = Attachment(url="https://x.example/cat.jpg", file_name="cat.jpg")
    text = (character * 22_500)[:22_500]
    long = message(text, details={"order": 4711}, attachments=[photo])
    parts = read_card(write_card([long], ENGLISH))
    assert len(parts) == 3
    whole = "\n".join(part.ours for part in parts)
    assert f"… continued at {LINK}\n• order: 4711\n📎 cat.jpg: https://x.example/cat.jpg\n" in whole
    assert sum(units(part.text) for part in parts) > 11_000


def test_files_and_details_are_whole_or_counted() -> None:
    """When nothing helps, a line is left out and counted, and something of the words stays."""
    files = [
        {"url": f"https://ж.example/{n}" + "u" * 2_000, "file_name": "f" * 256} for n in range(10)
    ]
    parts = read_card(write_card([message("t" * 5_000, attachments=files)], ENGLISH))
    whole = "\n".join(part.ours for part in parts).splitlines()
    shown = [line for line in whole if line.startswith("📎")]
    assert [line[-2_001:] for line in shown] == [f"{n}" + "u" * 2_000 for n in range(len(shown))]
    assert f"… {10 - len(shown)} more lines do not fit" in whole
    assert len(parts[0].text) > 1_000


def test_an_address_is_not_torn_apart() -> None:
    """A link that would cross into the next part begins there."""
    address = "https://shop.example/?next=/" + "a" * 2_000
    parts = read_card(write_card([message("word " * 500 + address + " end")], ENGLISH))
    assert any(address in part.links for part in parts)


def test_no_command_arises_at_a_cut() -> None:
    """The end of a part is the beginning of the next: a word there may be a command."""
    for length in range(4_080, 4_095):
        for part in read_card(write_card([message("x" * length + "/off" * 900)], ENGLISH)):
            assert not re.search(r"(?<![\w/<>\u2060])/(?=[a-z]{1,64}(?![\w/<>]))", part.text)


@pytest.mark.parametrize(
    ("ago", "told"),
    [(timedelta(minutes=59), None), (timedelta(hours=9), "9 h"), (timedelta(days=3), "3 days")],
)
def test_what_was_written_long_ago_says_so(ago: timedelta, told: str | None) -> None:
    """The night's messages are not taken for this minute's."""
    old = message()
    now = old.sent_at + ago
    for part in (
        write_card([old], ENGLISH, now=now).parts[0],
        write_current_card([old], ENGLISH, status=[line("s")], count=1, now=now),
    ):
        said = [line for line in part.plain.splitlines() if "written" in line]
        assert said == ([f"🕓 written {told} ago"] if told else [])


@pytest.mark.parametrize(
    "address",
    [
        "http://chatwoot:3000/app/accounts/1/conversations/5",
        "http://localhost/chat",
        "https://shop.example/a.",
        "https://shop.example/a!",
        "https://shop.example/a'",
        "https://shop.example/a)",
        "https://shop.example/?q=<a>&b=1",
        "https://shop.example/«a»",
    ],
)
def test_an_address_that_telegram_would_miss_is_a_real_link(address: str) -> None:
    """One tap opens it, as it came; the words on the card are the contract's."""
    files = [Attachment(url=address, file_name="f")]
    card = write_card([message(reply_url=address, attachments=files)], ENGLISH)
    (part,) = read_card(card)
    assert part.text == f"Hello\n📎 f: {address}\nAlice writes to The Shop\nReply: {address}"
    assert part.links == [address, address]
    assert card.parts[0].html.count("<a href=") == 2


def test_an_address_that_telegram_finds_needs_no_markup() -> None:
    """The usual card is as plain as it was."""
    assert "<a" not in write_card([message()], ENGLISH).parts[0].html


def test_an_address_that_hides_where_it_leads_says_it() -> None:
    """What stands before an @ is no host; what turns the line around is written out."""
    disguised, turned = "https://bank.example@evil.example/x", "https://x.example/\u202egpj.exe"
    files = [{"url": turned, "file_name": "f"}]
    told = lines(reply_url=disguised, details={"page": disguised}, attachments=files)
    assert told == [
        "Hello",
        f"• page: {disguised}",
        "⚠️ This link leads to evil.\u2060example",
        "📎 f: https://x.example/%E2%80%AEgpj.exe",
        "Alice writes to The Shop",
        f"Reply: {disguised}",
        "⚠️ This link leads to evil.\u2060example",
    ]


def test_a_label_of_ours_in_the_details_is_not_ours() -> None:
    """`details={"Reply": url}`: such a line begins with a dot, ours do not."""
    told = lines(details={"Reply": "https://evil.example", "❗ Urgent": "x", "\u3164": "y"})
    assert told[1:4] == ["• Reply: https://evil.example", "• ❗ Urgent: x", "• y"]


FAKED = "Alice writes to The Shop" + "\u2800" * 60 + "Reply: https://evil.example"


@pytest.mark.parametrize("field", ["customer_name", "recipient"])
def test_a_name_cannot_hold_a_line_of_ours(field: str) -> None:
    """It stands in quotes on one line, and its link is none."""
    (part,) = read_card(write_card([message(**{field: FAKED})], ENGLISH))
    assert len(part.text.splitlines()) == 3
    assert part.links == [LINK]
    assert "“Alice writes to The Shop Reply: " in part.text


def test_a_file_cannot_hold_a_line_of_ours() -> None:
    """Whatever it is called, its line begins with our sign, and only its own address is a link."""
    files = [{"url": "https://x.example/1", "file_name": FAKED}]
    (part,) = read_card(write_card([message(attachments=files)], ENGLISH))
    assert part.links == ["https://x.example/1", LINK]
    assert part.text.splitlines()[1].startswith("📎 Alice")


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "\u200b"])
def test_a_customer_without_a_name_is_a_customer(blank: str) -> None:
    """Nobody is called by nothing."""
    assert lines(customer_name=blank)[1] == "Customer writes to The Shop"
    assert lines(attachments=[{"url": LINK, "file_name": blank}])[1] == f"📎 file: {LINK}"


def test_our_words_in_names_are_those_of_the_catalogues() -> None:
    """What makes a name stand in quotes is what a card says, in every language."""
    for language in LANGUAGES:
        told = words(language).gettext("{customer_name} writes to {recipient}")
        name = told.format(customer_name="Bob", recipient="Sales")
        assert lines(customer_name=name)[1].startswith("“Bob")
