"""What the bot asks of Telegram until it is done, and what its log says meanwhile."""

import pytest
from structlog.testing import capture_logs

from bot.phones import Settings
from onduty_bot.answering.retry import retry_until_done
from onduty_desk.telegram.bot import build_bot
from onduty_desk.telegram.token import TokenWatch
from raw_server import GONE, answering, refused, told


@pytest.mark.parametrize(
    ("answer", "level", "next_step"),
    [
        (refused(400, "Bad Request: bad webhook"), "error", "correct the address"),
        (GONE, "warning", "asked again by itself"),
    ],
    ids=["refused", "away"],
)
async def test_what_is_not_done_has_its_next_step(
    answer: bytes, level: str, next_step: str, settings: Settings
) -> None:
    """Once; what Telegram refuses is not asked again, and what it did not get is."""
    answers = iter([answer, told({"ok": True, "result": True})])
    async with answering(lambda _: next(answers)) as server:
        bot = build_bot(settings(telegram_api_url=server.url))
        await bot.request.initialize()
        with capture_logs() as logs:
            await retry_until_done(
                bot.delete_webhook,
                "webhook.not_set",
                TokenWatch(),
                if_refused="correct the address",
            )
        await bot.request.shutdown()
    [log] = logs
    assert (log["event"], log["log_level"]) == ("webhook.not_set", level)
    assert next_step in log["next_step"]
