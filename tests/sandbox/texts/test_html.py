"""Telegram's HTML: tags become entities, wrong tags become errors."""

import pytest

from onduty_sandbox.texts.html import parse_html
from onduty_sandbox.wire.errors import ApiError
from onduty_sandbox.wire.json_types import Json


def entity(kind: str, offset: int, length: int, **more: str) -> Json:
    """One expected entity."""
    return {"offset": offset, "length": length, "type": kind, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a < b", None, []),
        ("1 &lt; 2 &amp;&gt; &quot;x&quot; &#33;&#x1F600;", '1 < 2 &> "x" !😀', []),
        ("&nbsp; & &#0; &#xD800;", "&nbsp; & &#0; &#xD800;", []),
        ("<b>x</b><strong>y</strong>", "xy", [entity("bold", 0, 1), entity("bold", 1, 1)]),
        ("<i>x</i><em>y</em>", "xy", [entity("italic", 0, 1), entity("italic", 1, 1)]),
        ("<u>x</u><ins>y</ins>", "xy", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        (
            "<s>x</s><strike>y</strike><del>z</del>",
            "xyz",
            [entity("strikethrough", at, 1) for at in range(3)],
        ),
        (
            '<tg-spoiler>x</tg-spoiler><span class="tg-spoiler">y</span>',
            "xy",
            [entity("spoiler", 0, 1), entity("spoiler", 1, 1)],
        ),
        ("😀<b>ü😀</b>", "😀ü😀", [entity("bold", 2, 3)]),
        ("<B>x</b>", "x", [entity("bold", 0, 1)]),
        ("<b>x</>", "x", [entity("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<b>x<i>y</i></b>", "xy", [entity("italic", 1, 1), entity("bold", 0, 2)]),
        (
            '<a href="https://x.example/?a=1&amp;b=2">x</a>',
            "x",
            [entity("text_link", 0, 1, url="https://x.example/?a=1&b=2")],
        ),
        ("<a href='x.example'>x</a>", "x", [entity("text_link", 0, 1, url="http://x.example/")]),
        ('<a href="http://localhost/1">x</a>', "x", []),
        ("<a>https://x.example/</a>", "https://x.example/", None),
        ("<code>x</code>", "x", [entity("code", 0, 1)]),
        ("<pre>x</pre>", "x", [entity("pre", 0, 1)]),
        (
            '<pre><code class="language-python">x</code></pre>',
            "x",
            [entity("pre", 0, 1, language="python")],
        ),
        ("<code><b>x</b></code>", "x", [entity("code", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [entity("blockquote", 0, 1)]),
        (
            "<blockquote expandable>x</blockquote>",
            "x",
            [entity("expandable_blockquote", 0, 1)],
        ),
        (
            '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
            "👍",
            [entity("custom_emoji", 0, 2, custom_emoji_id="5368324170671202286")],
        ),
    ],
)
def test_tags_become_entities(source: str, text: str | None, entities: list[Json] | None) -> None:
    """Offsets count UTF-16 units of the text without tags."""
    if text is None:
        with pytest.raises(ApiError):
            parse_html(source)
        return
    parsed, found = parse_html(source)
    assert parsed == text
    if entities is not None:
        assert found == entities


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ü<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("x<b", "Unclosed start tag at byte offset 1"),
        ('x<a href="y', "Unclosed start tag at byte offset 1"),
        ("x<a href", "Unclosed start tag at byte offset 1"),
        ("x<a href=", "Unclosed start tag at byte offset 1"),
        ("x<a href=y", "Unclosed start tag at byte offset 1"),
        ("x<a ", "Unclosed start tag at byte offset 1"),
        ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="y">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        (
            "<a href>x</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        (
            "<b>x</i>",
            'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
        ),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
    ],
)
def test_wrong_markup_is_told_with_its_place(source: str, reason: str) -> None:
    """The place is a byte offset, as in Telegram."""
    with pytest.raises(ApiError) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"
