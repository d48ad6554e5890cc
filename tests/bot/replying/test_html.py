"""The HTML of an answer: what every web chat can show, and nothing that could do harm."""

from html.parser import HTMLParser
from random import Random

import pytest
from telegram import MessageEntity

from hostile import HOSTILE
from onduty_bot.replying.html import html_of


def marked(kind: str, offset: int, length: int, **more: str) -> MessageEntity:
    return MessageEntity(kind, offset, length, **more)  # type: ignore[arg-type]  # text fields


@pytest.mark.parametrize(
    ("text", "entities", "html"),
    [
        ('a <b> & "c"', [], 'a &lt;b&gt; &amp; "c"'),
        ("one two", [marked("bold", 0, 3)], "<b>one</b> two"),
        ("😀 two", [marked("italic", 3, 3)], "😀 <i>two</i>"),
        ("abc", [marked("bold", 0, 3), marked("italic", 1, 1)], "<b>a<i>b</i>c</b>"),
        ("abc", [marked("bold", 0, 3), marked("underline", 0, 3)], "<b><u>abc</u></b>"),
        ("abcd", [marked("bold", 0, 2), marked("italic", 1, 3)], "<b>a<i>b</i></b>cd"),
        ("x = 1", [marked("pre", 0, 5, language="python")], "<pre>x = 1</pre>"),
        ("quoted", [marked("expandable_blockquote", 0, 6)], "<blockquote>quoted</blockquote>"),
        ("hush", [marked("spoiler", 0, 4)], "hush"),
        (
            "here",
            [marked("text_link", 0, 4, url='https://a.example/?a="&b')],
            '<a href="https://a.example/?a=&quot;&amp;b">here</a>',
        ),
        ("here", [marked("text_link", 0, 4, url="javascript:alert(1)")], "here"),
        ("here", [marked("text_link", 0, 4, url="https://[")], "here"),
        ("abc", [marked("strikethrough", 1, 99)], "a<s>bc</s>"),
        ("abc", [marked("code", 7, 2)], "abc"),
    ],
)
def test_marks_are_tags(text: str, entities: list[MessageEntity], html: str) -> None:
    """Those that the contract names; the text of all others stays."""
    assert html_of(text, entities) == html


class Nesting(HTMLParser):
    """Reads text and checks that tags are closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert attrs is not None
        assert tag in {"b", "i", "u", "s", "code", "pre", "a", "blockquote"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_is_written_and_marked_it_is_nested_and_whole(text: str) -> None:
    """Telegram's entities may lie anywhere."""
    chance = Random(text)  # noqa: S311 - chance, not secrets
    kinds = ["bold", "italic", "underline", "strikethrough", "code", "blockquote", "url"]
    for _ in range(20):
        length = len(text) * 2
        entities = [
            marked(chance.choice(kinds), chance.randint(0, length), chance.randint(1, length + 1))
            for _ in range(6)
        ]
        read = Nesting()
        read.feed(html_of(text, entities))
        read.close()
        assert read.open == []
        if text.isascii():
            assert read.text == text
