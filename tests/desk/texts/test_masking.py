"""Secrets are taken out of whatever text a library makes."""

import io
import json
import logging
import sys

import pytest
import structlog

from onduty_desk.process.logs import start_logging
from onduty_desk.texts.masking import masked

TOKEN = "4711:AAH-abcdefghijklmnopqrstuvwxyz_0123"
SHORT = "42:short"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Cannot connect to {TOKEN}", "Cannot connect to 4711:***"),
        (
            f"https://api.telegram.org/bot{TOKEN}/getMe",
            "https://api.telegram.org/bot4711:***/getMe",
        ),
        (f"/file/bot{SHORT}/photo.jpg", "/file/bot42:***/photo.jpg"),
        (f"url='http://h/bot{SHORT}'", "url='http://h/bot42:***'"),
        (f"/bot{TOKEN.replace(':', '%3A')}/getMe", "/bot4711%3A***/getMe"),
        ("redis://:p@ss/word#1@redis:6379/0 is away", "redis://:***@redis:6379/0 is away"),
        ("http://anna:secret@proxy:3128", "http://anna:***@proxy:3128"),
        (
            "redis://h/0?password=p%40ss&sentinel_password=word",
            "redis://h/0?password=***&sentinel_password=***",
        ),
        ("signed with whsec_AAAA+bb/cc==", "signed with whsec_***"),
    ],
)
def test_what_is_masked(text: str, expected: str) -> None:
    """Tokens keep the bot's id and URLs their host, so that a person sees which."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T14:50:39.123456Z",
        "http://127.0.0.1:8080/conversations/anna-1 (after 3 s)",
        "onduty:delivery:12:01JDHZ8X4T9P1W3V5Y7A9C1E3G",
        "robot 42: nothing to say",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    """Times, addresses and ids are what a log is read for."""
    assert masked(text) == text


def fail_with(text: str) -> None:
    raise OSError(text)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_line_of_the_log_holds_a_secret(
    log_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither ours nor a library's, nor the traceback of either."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        start_logging(log_format)
        try:
            fail_with(f"http://h/bot{TOKEN}/getMe: whsec_abc")
        except OSError:
            structlog.get_logger().bind().error(
                "it.broke", url=f"http://h/bot{TOKEN}", exc_info=True
            )
            logging.getLogger("aiohttp.client").exception("Unclosed %s", f"bot{TOKEN}")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    assert "it.broke" in written.getvalue()
    assert written.getvalue().count("OSError: http") == 2
    assert written.getvalue().count("4711:***") == 4
    assert "AAH" not in written.getvalue()
    assert "whsec_abc" not in written.getvalue()
    assert "\x1b" not in written.getvalue()  # no colours in a file
    if log_format == "json":
        assert [json.loads(line)["level"] for line in written.getvalue().splitlines()] == [
            "error"
        ] * 2
