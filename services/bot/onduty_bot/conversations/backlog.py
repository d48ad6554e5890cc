"""What waits when an operator comes on duty: one summary that rings, then a few silent cards."""

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Heard
from onduty_bot.conversations.buttons import MORE, keyboard
from onduty_desk.conversations.ownership import Backlog, Conversations
from onduty_desk.model.keys import OperatorId
from onduty_desk.texts import Words

ON_DEMAND = 5
"""Cards that a tap brings where `/on` brings none."""


class Backlogs:
    """Shows what waits, some cards at a time."""

    def __init__(self, conversations: Conversations, answers: Answers, *, cards: int) -> None:
        self._conversations = conversations
        self._answers = answers
        self._cards = cards

    async def greet(self, heard: Heard, greeting: str) -> None:
        """Say the greeting with how much waits, and then send the first cards without a ring."""
        counted = await self._count(heard)
        left = max(0, counted.unseen - self._cards)
        summary = _summary(counted, self._cards, left, heard.words)
        text = "\n\n".join(filter(None, (greeting, summary)))
        await self._answers.answer(heard, text, _more(left, heard.words))
        await self._conversations.show_backlog(
            heard.operator_id, self._cards, update_id=heard.update_id
        )

    async def mention(self, heard: Heard) -> str:
        """Return how much waits, for somebody on duty; empty if nothing does."""
        waiting = (await self._count(heard)).waiting
        if not waiting:
            return ""
        return heard.words.ngettext(
            "{count} customer waits: send /queue to see.",
            "{count} customers wait: send /queue to see.",
            waiting,
        ).format(count=waiting)

    async def _count(self, heard: Heard) -> Backlog:
        """Count what waits; the same again for the same update, whatever has come meanwhile."""
        counted = await self._conversations.show_backlog(
            heard.operator_id, 0, update_id=heard.update_id
        )
        return counted or Backlog(0, 0, 0, 0)

    async def more(self, update_id: int, tap: CallbackQuery, told: Words) -> None:
        """Send the next cards."""
        backlog = await self._conversations.show_backlog(
            OperatorId(tap.from_user.id), self._cards or ON_DEMAND, update_id=update_id
        )
        if backlog is None:
            text = told.gettext("You are off duty. Send /on to start.")
        elif backlog.shown:
            text = told.ngettext("{count} more comes", "{count} more come", backlog.shown).format(
                count=backlog.shown
            )
        else:
            text = told.gettext("Nobody else waits")
        await self._answers.answer_tap(tap, text)
        await self._answers.strip(tap, _more(backlog.unseen if backlog else 0, told))


def _summary(backlog: Backlog, cards: int, left: int, told: Words) -> str:
    if not backlog.waiting:
        return ""
    text = told.ngettext(
        "{count} customer waits", "{count} customers wait", backlog.waiting
    ).format(count=backlog.waiting)
    if backlog.urgent:
        text += ", " + told.ngettext("{count} urgent", "{count} urgent", backlog.urgent).format(
            count=backlog.urgent
        )
    if not left or not cards:
        return f"{text}."
    return f"{text}. " + told.ngettext(
        "Here come the first {cards}, and {left} more waits.",
        "Here come the first {cards}, and {left} more wait.",
        left,
    ).format(cards=cards, left=left)


def _more(left: int, told: Words) -> InlineKeyboardMarkup | None:
    text = told.ngettext("Show more ({left})", "Show more ({left})", left).format(left=left)
    return keyboard([(text, MORE)]) if left else None
