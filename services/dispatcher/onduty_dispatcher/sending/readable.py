"""What Telegram cannot read as HTML is shown as plain text: our bug keeps no customer waiting."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram.constants import ParseMode

from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import Gone, Outcome, Unreadable
from onduty_desk.telegram.sending import Text
from onduty_dispatcher.cards.pieces import Part

_Shown = TypeVar("_Shown", bound=Outcome | Gone)
_log = structlog.get_logger()


async def show_readable(
    taken: Taken, part: Part, buttons: str | None, show: Callable[[Text], Awaitable[_Shown]]
) -> _Shown:
    """Send or edit by `show`; once more, as plain text, if Telegram cannot read the HTML."""
    outcome = await show(Text(part.html, ParseMode.HTML, buttons))
    if isinstance(outcome, Unreadable):
        _log.error("card.unreadable", chat=taken.chat_id, reason=outcome.reason)
        outcome = await show(Text(part.plain, None, buttons))
    return outcome
