"""Which words become links by themselves: as TDLib's MessageEntity.cpp finds them."""

import pytest

from onduty_sandbox.client import Phone
from onduty_sandbox.texts.reading import plain_text
from sandbox.bot_caller import Ask


def links(text: str) -> list[str]:
    """The links and addresses that are found in a text."""
    clean, entities = plain_text(text)
    units = clean.encode("utf-16-le")
    found = []
    for entity in entities:
        offset, length = entity["offset"], entity["length"]
        assert isinstance(offset, int)
        assert isinstance(length, int)
        if entity["type"] in ("url", "email"):
            found.append(units[2 * offset : 2 * (offset + length)].decode("utf-16-le"))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "http://chatwoot:3000/app/accounts/1",
        "http://chatwoot:3000/index.html",
        "http://localhost/",
        "https://shop/orders",
        "sftp://files.shop.example/x",
        "example",
        "Hello.World",
        "v1.2.3",
        "version 10.11",
        "300.1.1.1",
        "e.g",
        "shop.example",
        "https://shop..example/",
        "https://-.example-/",
        "https://shop_1.example/",
        "https://shop.exa-mple/",
        "https://shop.e/",
        "x@y",
        "end.Then more",
        "the end.To be continued",
        "Shop.Com",
        "#shop.com",
        "@shop.com",
        "12.5",
        "wait...",
        ".com",
    ],
)
def test_no_link_is_found(text: str) -> None:
    """A host has a dot and a known shape; without https:// its ending is a known one."""
    assert links(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/",
        "HTTPS://shop.example/",
        "http://shop.example",
        "ftp://shop.example/x",
        "https://shop.example:8443/x",
        "https://shop.example/#/orders/17",
        "https://shop.example/?next=/orders/17",
        "https://shop.example?a=1&b=2",
        "https://shop.example/a(b)c",
        "https://shop.example/(a)",
        "https://shop.example/[a]{b}",
        "https://shop.example/x/",
        "https://user:word@shop.example/",
        "https://a_b.shop.example/",
        "https://xn--80a.xn--p1ai/",
        "http://127.0.0.1:8081/x",
        "10.0.0.1",
        "shop.com",
        "shop.com/x",
        "shop.COM",
        "магазин.рф",
        "https://магазин.рф/заказ",
        "https://shop.example/a\u200db",
        "tg://user?id=7",
        "tg://resolve/x",
        "anna@shop.example",
        "anna.b+c@mail.shop.example",
        "readme.md",
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("see ", " now"), ("(", ")"), ("«", "»"), ('"', '"'), ("😀 ", "\n"), ("<", ">")],
)
def test_a_whole_link_is_found(text: str, before: str, after: str) -> None:
    """Whatever stands around it."""
    assert links(f"{before}{text}{after}") == [text]


@pytest.mark.parametrize("ending", [*".:;,('?!`)]}>", "...", ").", "?!", "')", "\u2026", "\u201d"])
@pytest.mark.parametrize(
    "link",
    ["https://shop.example/x", "https://shop.example", "shop.com", "https://shop.example/?a=1"],
)
def test_what_ends_a_sentence_is_not_in_the_link(link: str, ending: str) -> None:
    """So an address that ends in such a mark is cut, and opens another page."""
    assert links(f"{link}{ending}") == [link]
    assert links(f"{link}{ending} and more") == [link]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://shop.example/?", ["https://shop.example/"]),
        ("https://shop.example?", ["https://shop.example"]),
        ("https://shop.example/a)b", ["https://shop.example/a"]),
        ("https://shop.example/(a", ["https://shop.example/(a"]),
        ("https://shop.example:99999/x", ["https://shop.example"]),
        ("https://shop.example:0/x", ["https://shop.example"]),
        ("mailto:anna@shop.example", ["anna@shop.example"]),
        ("a.com,b.com", ["a.com", "b.com"]),
        ("http://chatwoot:3000/?to=www.shop.com", ["www.shop.com"]),
        (
            "one https://a.example/1 two https://b.example/2",
            ["https://a.example/1", "https://b.example/2"],
        ),
        ("https://shop.example/@anna/#tag/off", ["https://shop.example/@anna/#tag/off"]),
    ],
)
def test_a_part_is_found(text: str, found: list[str]) -> None:
    """Brackets that nobody opened, ports that are none, and links beside each other."""
    assert links(text) == found


async def test_a_link_that_is_written_as_one_stays(ask: Ask, anna: Phone) -> None:
    """What `<a href>` says is not looked at by these rules."""
    text = '<a href="https://shop.example/wait...">https://other.example/</a>'
    await ask("sendMessage", chat_id=anna.chat_id, text=text, parse_mode="HTML")
    (entity,) = (await anna.wait_for("other")).entities
    assert (entity["type"], entity["url"]) == ("text_link", "https://shop.example/wait...")
