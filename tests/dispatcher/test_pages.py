"""Pages of a look: every word of the customer's is on one of them, and each fits into a message."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from desk_at_work.card_reading import read
from onduty import CustomerMessage
from onduty_desk.texts import words
from onduty_dispatcher.cards.pages import write_page
from onduty_dispatcher.cards.pieces import line

ENGLISH, NOW = words("en"), datetime(2026, 1, 2, tzinfo=UTC)
TEXTS = st.sampled_from(["https://shop.example/" + "z" * 90, "/off", "a/b"]) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200
)
LENGTHS = st.integers(1, 60)


def message(text: str, customer: str = "Alice") -> CustomerMessage:
    return CustomerMessage(
        text=text,
        customer_name=customer,
        recipient="The Shop",
        sent_at=datetime(2026, 1, 1, tzinfo=UTC),
        details={"order": "17", "page": "https://shop.example/" + "x" * 200},
        attachments=["https://files.example/" + "y" * 1_000],  # type: ignore[list-item] # short form
    )


def parts_of(messages: list[CustomerMessage], status: str = "s" * 300) -> list[str]:
    """Return what all parts of a page quote, after a check of each."""
    first = write_page(messages, ENGLISH, status=[line(status)], number=1, now=NOW)
    quoted = []
    for number in range(1, first.parts + 1):
        page = write_page(messages, ENGLISH, status=[line(status)], number=number, now=NOW)
        assert (page.number, page.parts) == (number, first.parts)
        quoted.append(read(page.part).quoted)
    return quoted


@given(
    st.lists(st.tuples(TEXTS, LENGTHS, st.sampled_from(["Alice", "Bob"])), min_size=1, max_size=5)
)
def test_each_part_fits_and_all_of_them_say_everything(said: list[tuple[str, int, str]]) -> None:
    """Whatever was written, and however long it is."""
    messages = [
        message((text + " ") * times or "x", name) for text, times, name in said if text.strip()
    ]
    quoted = "".join(parts_of(messages)) if messages else ""
    for one in messages:
        letters = [letter for letter in one.text if letter.isascii() and letter.isalnum()]
        rest = iter(quoted)
        assert all(letter in rest for letter in letters)


def test_a_long_text_goes_on_in_the_next_part() -> None:
    """Cut between words; none is lost, and none comes twice."""
    text = " ".join(f"word{n}" for n in range(3_000))
    quoted = parts_of([message(text)])
    assert len(quoted) > 5
    assert " ".join(quoted).split() == text.split()


def test_a_link_at_every_place_to_cut_ends() -> None:
    """Somebody may write what cannot be cut between words."""
    link = "https://shop.example/" + "z" * 300
    quoted = parts_of([message("x" * 3_700 + link + "y" * 3_700 + link)])
    assert quoted[0].startswith("xxx")
    assert quoted[-1]


def test_what_comes_later_moves_no_part() -> None:
    """A page that is being read stays as it is."""
    messages = [message(f"<{n}> " + "so on " * 100) for n in range(12)]
    before = parts_of(messages[:8])
    after = parts_of(messages)
    assert after[: len(before) - 1] == before[:-1]
    assert after[len(before) - 1].startswith(before[-1])


def test_a_part_that_is_not_there_is_the_last() -> None:
    """Asked for by 0, as by a number that was invented."""
    messages = [message("so on " * 2_000)]
    last = write_page(messages, ENGLISH, status=[], number=0)
    assert last.number == last.parts > 1
    assert write_page(messages, ENGLISH, status=[], number=9_999) == last


def test_without_a_line_above_it_names_the_customer() -> None:
    """A part in the middle of a text would not tell whose it is."""
    page = write_page([message("so on " * 2_000)], ENGLISH, status=[], number=1)
    assert read(page.part).text.splitlines()[0] == "Alice"


def test_messages_that_have_expired_are_said_to_be_gone() -> None:
    """The page is there, because the others keep their numbers."""
    page = write_page([], ENGLISH, status=[line("above")], number=1)
    assert read(page.part).ours == "above\n… These messages are not kept any more."
