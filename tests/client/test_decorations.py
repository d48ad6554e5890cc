"""What only decorates a message refuses no customer: it is made to fit and to be readable."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from onduty import Attachment, CustomerMessage

LEAST: dict[str, Any] = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}
FILE = "https://shop.example/cat.jpg"
CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


def built(**fields: object) -> CustomerMessage:
    return CustomerMessage(**{**LEAST, **fields})


def from_rq(**fields: object) -> CustomerMessage:
    """As a dispatcher reads it: from the JSON of another program."""
    return CustomerMessage.model_validate(json.loads(json.dumps({**LEAST, **fields})))


WAYS = pytest.mark.parametrize("way", [built, from_rq])
Way = Callable[..., CustomerMessage]


@WAYS
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 256, "x" * 256),
        ("x" * 257, "x" * 255 + "…"),
        ("e\u0301" * 200, "e\u0301" * 127 + "…"),
        ("👨\u200d👩\u200d👧" * 60, "👨\u200d👩\u200d👧" * 51 + "…"),
        (4711, "4711"),
        (10**400, "1" + "0" * 254 + "…"),
        (1.5, "1.5"),
        (True, "true"),
        ("half \ud83d, whole \ud83d\ude00", "half \ufffd, whole 😀"),
        ("two\nlines\x00", "two lines"),
        ("", ""),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
    ],
)
def test_a_detail_becomes_a_short_text(way: Way, value: object, shown: str) -> None:
    """Of 256 characters, and never half of one."""
    assert way(details={"order": value}).details == {"order": shown}


@pytest.mark.parametrize("shift", range(4))
def test_a_flag_at_the_cut_stays_whole(shift: int) -> None:
    """Half a flag is a letter in a box."""
    name = built(customer_name="x" * shift + "🇩🇪" * 200).customer_name
    assert len(name) <= 256
    flags = name.lstrip("x").removesuffix("…")
    assert flags == "🇩🇪" * (len(flags) // 2)


def test_a_detail_of_pythons_own_becomes_a_text() -> None:
    """Dates and decimals as Python writes them; what cannot be written is left to be asked for."""
    day = datetime(2026, 11, 26, tzinfo=UTC)
    shown = built(details={"d": day, "p": Decimal("9.90"), "n": 10**5_000, "c": CIRCLE}).details
    assert shown == {"d": str(day), "p": "9.90", "n": "…", "c": "…"}


@WAYS
def test_details_are_twenty_with_short_labels(way: Way) -> None:
    """A label of nothing, or a value of nothing, takes no place among them."""
    many = {"": "no label", " \n": "no label", "none": None, "x" * 65: "long"}
    shown = way(details={**many, **{str(n): n for n in range(30)}}).details
    assert list(shown) == ["x" * 63 + "…", *map(str, range(19))]


@WAYS
@pytest.mark.parametrize("empty", [None, [], "", 7])
def test_details_and_files_of_another_form_are_none(way: Way, empty: object) -> None:
    """PHP writes an empty map as a list."""
    assert way(details=empty).details == {}
    if empty != "":
        assert way(attachments=empty).attachments == ()


@WAYS
def test_ten_files_are_shown_and_the_others_counted(way: Way) -> None:
    """Also when the message is read again."""
    message = way(attachments=[{"url": FILE, "file_name": f"{n}.jpg"} for n in range(13)])
    assert [file.file_name for file in message.attachments] == [f"{n}.jpg" for n in range(10)]
    assert message.more_attachments == 3
    assert CustomerMessage.model_validate_json(message.model_dump_json()) == message
    assert way(more_attachments=-1).more_attachments == 0


@WAYS
@pytest.mark.parametrize(
    ("size", "known"),
    [
        (0, 0),
        (2**53, 2**53),
        (2**53 + 1, None),
        (10**400, None),
        (-1, None),
        (1.0, 1),
        (1e400, None),
        ("12", 12),
        ("12 kB", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_size_that_can_be_none_is_unknown(way: Way, size: object, known: int | None) -> None:
    """Below nothing, beyond 2^53, or no number."""
    assert way(attachments=[{"url": FILE, "size": size}]).attachments[0].size == known


@WAYS
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, ("file", "application/octet-stream")),
        ({"file_name": "", "mime_type": ""}, ("file", "application/octet-stream")),
        ({"file_name": None, "mime_type": None}, ("file", "application/octet-stream")),
        ({"file_name": 7, "mime_type": "jpeg"}, ("file", "application/octet-stream")),
        (
            {"file_name": "a\nb\ud83d", "mime_type": "image/jpeg"},
            ("a b\ufffd", "image/jpeg"),
        ),
        (
            {"file_name": "x" * 300, "mime_type": "text/plain; charset=utf-8"},
            ("x" * 255 + "…", "text/plain; charset=utf-8"),
        ),
        ({"mime_type": "image/" + "x" * 200}, ("file", "application/octet-stream")),
    ],
)
def test_a_file_has_a_name_and_a_type(
    way: Way, given: dict[str, object], kept: tuple[str, str]
) -> None:
    """A neutral one where there is none."""
    (file,) = way(attachments=[{"url": FILE, **given}]).attachments
    assert (file.file_name, file.mime_type) == kept


@WAYS
@pytest.mark.parametrize("url", [None, "", "cat.jpg", "ftp://a/cat.jpg", "https://a/\ud83d", 7])
def test_a_file_that_cannot_be_opened_is_counted(way: Way, url: object) -> None:
    """The operator learns that there is one; alone it is a line of text."""
    bad = {"url": url, "file_name": "cat.jpg"}
    message = way(attachments=[bad, FILE])
    assert ([file.url for file in message.attachments], message.more_attachments) == ([FILE], 1)
    assert message.text == "Hello"
    assert way(text=" ", attachments=[bad]).text == "📎 cat.jpg"


def test_files_may_come_in_any_form() -> None:
    """A model, a dict, an address; from any iterable."""
    files = (file for file in (Attachment(url=FILE), {"url": FILE}, FILE, 7))
    assert built(attachments=files).attachments == (Attachment(url=FILE),) * 3


@WAYS
def test_broken_characters_refuse_no_text_and_no_name(way: Way) -> None:
    """Half an emoji is shown as what it is: a character that is broken."""
    message = way(text="Hi \ud83d\n\ude00", customer_name="Al\ud83dice\x1b", recipient="x" * 300)
    assert message.text == "Hi \ufffd\n\ufffd"
    assert (message.customer_name, message.recipient) == ("Al\ufffdice", "x" * 255 + "…")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_a_customer_writes_is_pushed(text: str) -> None:
    """As text, name, file and detail at once; what is pushed is what arrives."""
    message = built(
        text=f"x{text}",
        customer_name=f"x{text}",
        details={text: text, "order": text},
        attachments=[{"url": text, "file_name": text, "mime_type": text, "size": text}],
    )
    assert CustomerMessage.model_validate_json(message.model_dump_json()) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    details=JSON,
    attachments=JSON | st.lists(st.dictionaries(st.sampled_from(["url", "size"]), JSON)),
)
def test_no_decoration_refuses_a_message(details: object, attachments: object) -> None:
    """Whatever JSON stands there."""
    message = CustomerMessage.model_validate(
        {**LEAST, "details": details, "attachments": attachments, "more_attachments": details}
    )
    assert CustomerMessage.model_validate_json(message.model_dump_json()) == message
