"""What a phone shows: pure, and safe whatever a customer writes."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hostile import HOSTILE
from onduty import Attachment, CustomerMessage, Priority
from onduty_desk.texts import words
from onduty_dispatcher.cards.card import Card, mark_repeat, write_card, write_current_card
from onduty_dispatcher.cards.parts import MOST_UNITS
from onduty_dispatcher.cards.pieces import line
from onduty_dispatcher.cards.split import cut, units

ENGLISH = words("en")
LINK = "https://shop.example/chat/17"


def message(text: str = "Hello", **fields: object) -> CustomerMessage:
    return CustomerMessage.model_validate(
        {
            "text": text,
            "customer_name": "Alice",
            "recipient": "The Shop",
            "reply_url": LINK,
            "conversation_id": "c",
            **fields,
        }
    )


_UNFOLDS = ("blockquote", [("expandable", None)])


class Markup(HTMLParser):
    """Reads our HTML as Telegram would, and refuses what Telegram refuses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open_tags = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs) in (("blockquote", []), _UNFOLDS, ("b", [])) or tag == "a"
        self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(card: Card) -> list[str]:
    """Return what each part reads as, after checking what Telegram would check."""
    texts = []
    for part in card.parts:
        parser = Markup()
        parser.feed(part.html)
        parser.close()
        assert not parser.open_tags
        assert parser.text == part.plain
        assert 0 < units(part.plain) <= MOST_UNITS
        part.plain.encode()  # no half of a surrogate pair
        texts.append(part.plain)
    return texts


def test_the_card_of_the_contract() -> None:
    """Text, who writes to whom, where to answer: plain facts in this order."""
    assert shown(write_card([message()], ENGLISH)) == [
        f"Hello\nAlice writes to The Shop\nReply: {LINK}"
    ]


def test_without_a_link_there_is_no_reply_line() -> None:
    """Nothing is said about a link that there is not."""
    assert shown(write_card([message(reply_url=None)], ENGLISH)) == [
        "Hello\nAlice writes to The Shop"
    ]


def test_details_and_files_stand_between_text_and_sender() -> None:
    """What helps to answer comes after what was asked."""
    card = write_card(
        [
            message(
                details={"order": "17", "page": "/pricing"},
                attachments=[
                    Attachment(url="https://x.example/cat.jpg", file_name="cat.jpg", size=120_400)
                ],
            )
        ],
        ENGLISH,
    )
    assert shown(card)[0].splitlines() == [
        "Hello",
        "• order: 17",
        "• page: /\u2060pricing",
        "📎 cat.jpg (120 kB): https://x.example/cat.jpg",
        "Alice writes to The Shop",
        f"Reply: {LINK}",
    ]


def test_files_beyond_ten_are_counted() -> None:
    """The operator learns that there are more than the card shows."""
    files = [{"url": f"https://x.example/{n}.jpg", "file_name": f"{n}.jpg"} for n in range(13)]
    lines = shown(write_card([message(attachments=files)], ENGLISH))[0].splitlines()
    assert lines[-4:-2] == ["📎 9.jpg: https://x.example/9.jpg", "📎 … and 3 more files"]


def test_a_file_alone_needs_no_text() -> None:
    """A photo without a word has no empty quote."""
    photo = Attachment(url="https://x.example/cat.jpg", file_name="cat.jpg")
    text = shown(write_card([message("", attachments=[photo])], ENGLISH))[0]
    assert text.startswith("📎 cat.jpg: https://x.example/cat.jpg\nAlice")


def test_waiting_messages_of_one_customer_share_a_card() -> None:
    """Three messages that waited together ring once."""
    card = write_card([message("One"), message("Two"), message("Three")], ENGLISH)
    assert card.shown == 3
    assert shown(card) == [f"One\nTwo\nThree\nAlice writes to The Shop\nReply: {LINK}"]


def test_a_card_takes_only_what_fits_whole() -> None:
    """The message that would not fit any more waits for the next card."""
    card = write_card([message("x" * 2_000), message("y" * 1_500), message("z" * 1_500)], ENGLISH)
    assert card.shown == 2
    assert len(shown(card)) == 1


@pytest.mark.parametrize(
    "other", [{"customer_name": "Bob"}, {"reply_url": None}, {"recipient": "Sales"}]
)
def test_what_differs_at_the_foot_is_a_card_of_its_own(other: dict[str, object]) -> None:
    """One foot must be true for everything above it."""
    assert write_card([message("One"), message("Two", **other)], ENGLISH).shown == 1


def test_urgent_and_an_unknown_group_are_said_first() -> None:
    """An operator sees why this one matters, and why it came to them."""
    card = write_card([message()], ENGLISH, priority="urgent", unknown_group="sails")
    assert shown(card)[0].splitlines()[:2] == [
        "❗ Urgent",
        "⚠️ There is no group “sails”, so this came to you",
    ]


def test_what_can_wait_says_so() -> None:
    """How urgent a conversation is stands on its card, not how urgent a message was."""
    urgent = [message(priority=Priority.URGENT)]
    assert shown(write_card(urgent, ENGLISH, priority="low"))[0].startswith("💤 Can wait\n")
    assert "Urgent" not in shown(write_card(urgent, ENGLISH))[0]


def test_a_repeat_says_so() -> None:
    """A card that may have arrived before is marked, even one that fills its message."""
    for text in ("Hello", "x" * 2 * MOST_UNITS):
        card = write_card([message(text)], ENGLISH)
        marked = mark_repeat(card.parts[0], ENGLISH)
        assert marked.plain.startswith("↻")
        assert units(marked.plain) <= MOST_UNITS


def test_words_that_fill_the_message_of_a_file_leave_room_for_the_mark() -> None:
    """The files begin in the second of three messages, and the words go on right up to them."""
    files = [Attachment(url="https://ж.example/" + "u" * 400, file_name="f") for _ in range(10)]
    card = write_card([message("x" * 60_000, attachments=files)], ENGLISH)
    assert "📎" in shown(card)[1]
    for part in card.parts:
        assert units(mark_repeat(part, ENGLISH).plain) <= MOST_UNITS


def test_a_long_text_is_split_at_its_paragraphs() -> None:
    """Two or three parts, numbered, each ending where a reader would pause; the foot once."""
    paragraphs = [f"Paragraph {n}. " + "Some words in it. " * 50 for n in range(10)]
    parts = shown(write_card([message("\n\n".join(paragraphs))], ENGLISH))
    assert [part.splitlines()[-1] for part in parts] == ["1/3", "2/3", "3/3"]
    assert all(part.splitlines()[-2].endswith("in it.") for part in parts[:-1])
    assert parts[-1].splitlines()[-3:-1] == ["Alice writes to The Shop", f"Reply: {LINK}"]
    whole = "\n\n".join(part.rsplit("\n", 1)[0] for part in parts)
    for paragraph in paragraphs:
        assert paragraph.strip() in whole


def test_what_three_parts_cannot_hold_is_cut_with_the_link() -> None:
    """60,000 characters: three parts, and where to read on."""
    parts = shown(write_card([message("word " * 12_000)], ENGLISH))
    assert len(parts) == 3
    assert f"… continued at {LINK}" in parts[-1]
    cut_off = shown(write_card([message("word " * 12_000, reply_url=None)], ENGLISH))
    assert "… the rest is too long for Telegram" in cut_off[-1]


@pytest.mark.parametrize("emoji", ["👋🏽", "👩‍👩‍👧‍👦", "🇩🇪", "é"])
def test_a_character_at_the_cut_stays_whole(emoji: str) -> None:
    """An emoji made of several code points is never torn apart, wherever the cut falls."""
    for shift in range(12):
        parts = shown(write_card([message("x" * shift + emoji * 2_500)], ENGLISH))
        for part in parts:
            body = part.splitlines()[0].lstrip("x")
            assert body == emoji * (len(body) // len(emoji))


def test_one_endless_character_is_cut_all_the_same() -> None:
    """A letter with 60,000 accents is a single character to a reader, and still must fit."""
    assert len(shown(write_card([message("e" + "\u0301" * 60_000)], ENGLISH))) == 3


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_shown_as_text(text: str) -> None:
    """No markup of a customer works, and no line of theirs passes for one of ours."""
    card = write_card([message(text, details={"d": text[:256]})], ENGLISH)
    shown(card)
    if "evil.example" in text:
        quote = re.findall(r"<blockquote[a-z ]*>(.*?)</blockquote>", card.parts[0].html, re.DOTALL)
        assert "evil.example" in html.unescape(quote[0])


@pytest.mark.parametrize("text", [value for value in HOSTILE.values() if value.strip()])
def test_a_hostile_name_stays_on_its_line(text: str) -> None:
    """A name can neither open a line nor turn the line around."""
    fields = {"customer_name": f"A{text[:200]}", "recipient": f"B{text[:200]}"}
    parts = shown(write_card([message(**fields)], ENGLISH))
    lines = parts[0].splitlines()
    assert len(lines) == 3
    assert "\u202e" not in lines[1]


@pytest.mark.parametrize("text", ["/off", "please /start now", "(/on)"])
def test_a_command_in_a_customer_s_text_cannot_be_tapped(text: str) -> None:
    """Telegram makes "/off" tappable; a tap would send it to the bot in the operator's name."""
    body = shown(write_card([message(text)], ENGLISH))[0].splitlines()[0]
    assert not re.search(r"(?<![\w/])/\w", body)
    assert body.replace("\u2060", "") == text


def test_an_address_in_a_text_stays_an_address() -> None:
    """Links are left as they are, so that they can be opened."""
    text = "see https://shop.example/on/sale and //off"
    assert shown(write_card([message(text)], ENGLISH))[0].startswith(text)


def test_files_and_details_beyond_all_measure_still_fit() -> None:
    """The largest message the contract allows makes three parts at most."""
    files = [
        Attachment(url="https://x.example/" + "u" * 2_000, file_name="f" * 256, size=n)
        for n in range(10)
    ]
    details = {f"{n:02}" + "k" * 62: "v" * 256 for n in range(20)}
    largest = message(
        "t" * 65_536,
        customer_name="n" * 256,
        recipient="r" * 256,
        attachments=files,
        details=details,
        reply_url="https://x.example/" + "l" * 2_000,
    )
    parts = shown(write_card([largest], ENGLISH, unknown_group="g" * 64))
    assert len(parts) == 3
    assert parts[-1].splitlines()[-3].startswith("n" * 256)


@given(
    text=st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())),
    times=st.integers(1, 300),
    urgent=st.booleans(),
)
def test_whatever_a_customer_writes_makes_a_card(text: str, times: int, urgent: bool) -> None:  # noqa: FBT001 - Hypothesis fills it in
    """Any text the client takes makes one to three parts that Telegram takes."""
    many = (text * times)[:65_536]
    sent = message(many if many.strip() else "x", priority="urgent" if urgent else "normal")
    assert 1 <= len(shown(write_card([sent], ENGLISH))) <= 3
    redrawn = write_current_card([sent], ENGLISH, status=[line("s" * 300)], count=2)
    assert units(redrawn.plain) <= MOST_UNITS


@given(st.text(max_size=300), st.integers(1, 100))
@example("\r 0", 2)
def test_a_cut_loses_nothing_but_white_space(text: str, room: int) -> None:
    """The two pieces are the text, the first fits, and something is always taken."""
    first, rest = cut(text, max(room, 2))
    assert units(first) <= max(room, 2)
    assert "".join((first + rest).split()) == "".join(text.split())
    assert first or not text.strip()
