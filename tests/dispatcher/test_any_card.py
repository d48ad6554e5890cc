"""Whatever a customer controls, together: all of it is shown, and our lines are ours alone."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from desk_at_work.card_reading import read_card
from onduty import CustomerMessage
from onduty_dispatcher.cards.card import write_card

from .card_messages import ENGLISH, LINK, message

# All that a customer controls, of pieces that have broken cards before.
_BITS = st.sampled_from(
    [
        "word",
        "слово",
        "שלום",
        "/off",
        "/etc/hosts",
        "</b>",
        "&amp;",
        "<b>",
        "@evil",
        "#x",
        "Reply: ",
        "❗ Urgent",
        "✅ You are answering",
        "1/3",
        "📎 f: ",
        "• ",
        "… 3 earlier messages",
        "3 messages",
        "Alice writes to The Shop",
        "\n",
        "\r",
        "\u2028",
        "\u2029",
        "\x0b",
        "\x0c",
        "\x85",
        " ",
        "⠀",
        "ㅤ",
        "\u200b",
        "\u202e",
        "\u2066",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇩🇪",
        "é",
        "\x00",
        "\t",
        ".",
    ]
)
_ADDRESSES = st.sampled_from(
    [
        "https://shop.example/#/orders/17",
        "https://shop.example/?next=/orders/17",
        "https://git.example/-/issues/5",
        "http://1.2.3.4:80/x?a=1&b=2",
        "https://a.example",
        "https://shop.example/" + "orders/" * 40,
        "https://shop.example:8443/?next=https://evil.example/" + "%D0%B0" * 40,
        "https://shop.example@evil.example/" + "x" * 120,
        "https://" + "long." * 30 + "example/" + "x" * 120,
    ]
)
_TEXTS = st.lists(
    _BITS | st.characters(exclude_categories=["Cs"]) | _ADDRESSES.map(lambda a: f" {a} ")
)
_WORDS = _TEXTS.map("".join)
_NAMES = st.lists(_BITS, min_size=1, max_size=8).map("".join)
_LINKS = _ADDRESSES | st.sampled_from(
    ["http://chatwoot:3000/a", "https://shop.example/a.", "https://u@evil.example/", LINK]
)


_LABELS = r"Reply|Ответить|[❗✅⚠📎•🕓…↻👀]|\d+/|\d+ mess"
_OF_OURS = re.compile(
    rf"\d/\d$|• |📎 |⚠️ This link|… continued at|… the rest is|Reply: |(?!{_LABELS})\S.* writes to ",
    re.DOTALL,
)


def visible(text: str) -> str:
    """Return what has a picture."""
    return "".join(
        one
        for one in text
        if unicodedata.category(one)[0] not in "CZ" and one not in "\u2800\u3164\u115f\u1160\uffa0"
    )


@given(
    text=_WORDS,
    name=_NAMES,
    recipient=_NAMES,
    details=st.dictionaries(_NAMES, _WORDS | _LINKS, max_size=3),
    files=st.lists(st.tuples(_LINKS, _NAMES), max_size=3),
    reply_url=_LINKS | st.none(),
    times=st.integers(1, 40),
)
def test_all_is_shown_and_nothing_passes_for_ours(
    text: str,
    name: str,
    recipient: str,
    details: dict[str, str],
    files: list[tuple[str, str]],
    reply_url: str | None,
    times: int,
) -> None:
    """Every visible character in order, every address as it is, and our lines are ours alone."""
    try:
        sent = message(
            text * times or "x",
            customer_name=name,
            recipient=recipient,
            details=details,
            attachments=[{"url": url, "file_name": called} for url, called in files],
            reply_url=reply_url,
        )
    except ValueError:
        return  # refused: an empty message, or no name
    parts = read_card(write_card([sent], ENGLISH))
    whole = "".join(part.text for part in parts)
    is_left_out = re.search(r"… \d+ more lines? do(es)? not fit", whole) is not None
    if not is_left_out:
        ours = [line for part in parts for line in part.ours.splitlines()]
        _check_lines(ours, sent)
    if is_left_out or "too long for Telegram" in whole or "… continued at" in whole:
        return
    assert visible("".join(part.quoted for part in parts)) == visible(sent.text)
    found = [link for part in parts for link in part.links]
    for address in re.findall(r"(?<= )https?://[^\s\u2800\u3164]+(?= )", sent.text):
        assert address in found
    for url in [*(file.url for file in sent.attachments), *filter(None, [sent.reply_url])]:
        assert url in found


def is_shortened(shown: list[str], wanted: list[str]) -> bool:
    (line,), (whole,) = shown, wanted
    return len(whole) > 100 and line[-1] == "…" and whole.startswith(line[:-1])


def _check_lines(ours: list[str], sent: CustomerMessage) -> None:
    assert all(not line or _OF_OURS.match(line) for line in ours)
    replies = [line for line in ours if line.startswith("Reply: ")]
    wanted = [f"Reply: {sent.reply_url}"] if sent.reply_url else []
    assert replies == wanted or is_shortened(replies, wanted)
    assert sum(line.startswith("❗") for line in ours) == 0
    assert sum(line.startswith("📎") for line in ours) == len(sent.attachments)
    assert sum(line.startswith("• ") for line in ours) == len(sent.details)
