"""Which lines of a traceback are ours."""

import pytest

from onduty_desk.process.errors import is_ours


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("/usr/lib/python3/site-packages/onduty/wire.py", True),
        ("/app/services/bot/onduty_bot/app.py", True),
        ("/app/shared/desk/onduty_desk/telegram/bot.py", True),
        ("/srv/onduty/.venv/lib/python3.11/site-packages/redis/client.py", False),
        ("/srv/onduty_desk/venv/lib/python3.11/site-packages/aiohttp/web.py", False),
        ("<frozen runpy>", False),
    ],
)
def test_a_checkout_that_is_named_like_us_makes_no_library_ours(
    filename: str, *, expected: bool
) -> None:
    """The names of the last folders count."""
    assert is_ours(filename) is expected
