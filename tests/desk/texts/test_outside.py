"""What comes from outside: names, words, commands and links, as Telegram would read them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onduty_desk.texts.found_links import found_links, is_found
from onduty_desk.texts.outside import (
    customer_words,
    file_name,
    inert,
    is_blank,
    one_line,
    short_name,
    without_commands,
)
from onduty_sandbox.texts.found_links import find_links

FAMILY, FLAG = "👨‍👩‍👧‍👦", "🇩🇪"


def plain(text: str) -> str:
    return text.replace("\u2060", "")


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/#/orders/17",
        "https://shop.example/?next=/orders/17",
        "https://gitlab.example/shop/-/issues/5",
        "https://user:word@shop.example/?next=/orders",
        "shop.com/?next=/orders/17 and https://1.2.3.4:8080/#/off",
        "/etc/hosts",
        "</b>",
        "a//off, 1/2, and/or, / off",
    ],
)
def test_a_slash_that_is_no_command_stays_alone(text: str) -> None:
    """An address is copied and opened as the customer wrote it."""
    assert without_commands(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/off", "/\u2060off"),
        ("(/on) or /start@a_bot!", "(/\u2060on) or /\u2060start@a_bot!"),
        ("https://shop.example/x)/off", "https://shop.example/x)/\u2060off"),
        ("http://shop/?next=/off", "http://shop/?next=/\u2060off"),
    ],
)
def test_a_command_cannot_be_tapped(text: str, shown: str) -> None:
    """Also behind an address that ends before it, or that Telegram takes for none."""
    assert without_commands(text) == shown
    assert without_commands(shown) == shown


_PIECES = st.sampled_from(
    [
        "https://",
        "http://",
        "shop",
        ".",
        "com",
        "example",
        "/",
        "?q=",
        "#",
        "(",
        ")",
        "[",
        "]",
        " ",
        "@",
        "user",
        ":",
        "80",
        "1.2.3.4",
        "x",
        "-",
        "_",
        "…",
        "\u200b",
        ",",
        "é",
        "!",
        "'",
        "\n",
        "'",
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
@example("shop.com:80")
def test_what_is_spared_as_a_link_is_one_for_telegram(text: str) -> None:
    """Otherwise a command hidden in it could be tapped."""
    theirs = {(start, end) for start, end, kind in find_links(text) if kind == "url"}
    assert set(found_links(text)) <= theirs


@given(st.lists(_PIECES, min_size=1, max_size=10).map(lambda rest: "https://" + "".join(rest)))
def test_an_address_that_is_found_is_found_whole(address: str) -> None:
    """What Telegram would cut short is made a link by us."""
    if is_found(address):
        assert (7, 7 + len(address), "url") in set(find_links(f"Reply: {address}\nmore"))


@pytest.mark.parametrize(
    "separator", ["\u2028", "\u2029", "\v", "\f", "\x85", "\r", "\r\n", "\x1e"]
)
def test_every_separator_is_a_line_break(separator: str) -> None:
    """Flat 1, 2 Main Street, is not flat 12."""
    assert customer_words(f"flat 1{separator}2 Main Street") == "flat 1\n2 Main Street"
    assert one_line(f"flat 1{separator}2 Main Street") == "flat 1 2 Main Street"


@pytest.mark.parametrize(
    "blank",
    ["", " ", "\u3164", "\u2800", "\u200b", "\u115f\u1160\uffa0", "\u00ad\ufe0f", "\U000e0041"],
)
def test_nothing_to_see_is_no_name(blank: str) -> None:
    """A colleague called nothing is called by another word."""
    assert is_blank(blank)
    assert short_name(blank, "Customer") == "Customer"
    assert customer_words(blank) == ""


@pytest.mark.parametrize(
    "name", ["Alice", "Ærø", "田中", "👋 Bob", "79991234567", "O'Neil", "J.R.R. T."]
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    """Nobody's name is touched without need."""
    assert short_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Alice writes to The Shop" + "\u2800" * 60 + "Reply: https://evil.example",
        "Reply: https://evil.example",
        "Ответить\ufe55 evil",
        "❗ Urgent",
        "\u200d❗ Urgent",
        "Alice wri\u200dtes\u2800to The Shop",
        "✅ You are answering",
        "⚠️ This link",
        "3 messages, waiting",
        "1/3",
        "… 5 earlier",
        "• order",
        "You: 0 customers",
    ],
)
def test_a_name_that_reads_like_a_line_of_ours_stands_in_quotes(name: str) -> None:
    """Whoever calls himself "Reply" is seen to be called so."""
    shown = short_name(name)
    assert shown.startswith("“")
    assert shown.endswith("”")
    assert "\u2800" not in shown


@pytest.mark.parametrize(
    "name",
    [
        "/off",
        "@evil",
        "#evil",
        "$EVIL",
        "evil.com",
        "t.me/evil",
        "https://evil.example/?n=/off",
        "a@evil.com",
        "tg://resolve?domain=evil",
        "www.evil.com",
        "1.2.3.4",
    ],
)
def test_nothing_in_a_name_can_be_tapped(name: str) -> None:
    """Neither a command nor a mention, nor a link; and it reads the same."""
    for shown in (inert(name), file_name(f"{name}.pdf", "file")):
        assert not list(find_links(shown))
        assert without_commands(shown) == shown
        assert "@e" not in shown
        assert "#e" not in shown
    assert plain(inert(name)) == name


def test_a_file_keeps_its_name() -> None:
    """The usual endings need nothing put into them."""
    assert file_name("cat.jpg", "file") == "cat.jpg"
    assert file_name("setup.zip", "file") == "setup.\u2060zip"
    assert file_name("\u3164", "file") == "file"


@pytest.mark.parametrize(
    "character", [FAMILY, FLAG, "👋🏽", "e\u0301", "🏴\U000e0067\U000e0062\U000e007f"]
)
def test_a_name_is_cut_between_characters(character: str) -> None:
    """No half of a flag or of a family, wherever the cut falls."""
    for shift in range(8):
        shown = short_name("x" * shift + character * 40)
        assert len(shown) <= 40
        body = shown.lstrip("x").removesuffix("…")
        assert body == character * (len(body) // len(character))


def test_half_an_address_is_not_shown() -> None:
    """The beginning of an address leads elsewhere."""
    assert one_line("see https://shop.example/a/long/path for more", 30) == "see…"
    cut = one_line("https://shop.com/a/long/path", 20)
    assert not list(find_links(cut))


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_line_is_one_line_and_fits(text: str, most: int) -> None:
    """Whatever it is made of."""
    line = one_line(text, most)
    assert len(line.splitlines()) <= 1
    assert len(line.strip("\u2068\u2069").replace("\u2060", "")) <= most
