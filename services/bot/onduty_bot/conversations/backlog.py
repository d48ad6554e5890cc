"""The backlog at `/on`: one summary that rings, then a few silent cards."""

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.button_data import MORE, keyboard
from onduty_desk.conversations.ownership import Backlog, Conversations
from onduty_desk.model.keys import OperatorId
from onduty_desk.texts import Words

ON_DEMAND = 5
"""Cards that a tap on "Show more" sends if `/on` is set to send none."""


class Backlogs:
    """Shows the backlog, some cards at a time."""

    def __init__(self, conversations: Conversations, answers: Answers, *, cards: int) -> None:
        self._conversations = conversations
        self._answers = answers
        self._cards = cards

    async def greet(self, incoming: Incoming, greeting: str, group: str | None = None) -> None:
        """Send the greeting with a summary of what waits, in a group that was joined or in all.

        Then come the first cards, without a ring.
        """
        counted = await self._count(incoming.operator_id, incoming.update_id, group)
        text, buttons = self._greeting(greeting, counted, incoming.words)
        await self._answers.answer(incoming, text, buttons)
        await self._conversations.show_backlog(
            incoming.operator_id, self._cards, update_id=incoming.update_id, group=group
        )

    async def greet_in(
        self, operator_id: OperatorId, occasion: int | str, greeting: str, words: Words
    ) -> None:
        """Do the same where no message is answered; once for each occasion."""
        counted = await self._count(operator_id, occasion)
        text, buttons = self._greeting(greeting, counted, words)
        await self._answers.send_once(operator_id, f"{operator_id}:{occasion}", text, buttons)
        await self._conversations.show_backlog(operator_id, self._cards, update_id=occasion)

    def _greeting(
        self, greeting: str, counted: Backlog, words: Words
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        left = max(0, counted.unseen - self._cards)
        summary = _summary(counted, self._cards, left, words)
        return "\n\n".join(filter(None, (greeting, summary))), _more(left, words)

    async def mention(self, incoming: Incoming) -> str:
        """Return a sentence on how much waits; empty if nothing does."""
        waiting = (await self._count(incoming.operator_id, incoming.update_id)).waiting
        if not waiting:
            return ""
        return incoming.words.ngettext(
            "{count} customer waits: send /queue to see.",
            "{count} customers wait: send /queue to see.",
            waiting,
        ).format(count=waiting)

    async def _count(
        self, operator_id: OperatorId, occasion: int | str, group: str | None = None
    ) -> Backlog:
        """Count what waits; a repeated update gets the same numbers."""
        counted = await self._conversations.show_backlog(
            operator_id, 0, update_id=occasion, group=group
        )
        return counted or Backlog(0, 0, 0, 0)

    async def more(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Send the next cards."""
        backlog = await self._conversations.show_backlog(
            OperatorId(tap.from_user.id), self._cards or ON_DEMAND, update_id=update_id
        )
        if backlog is None:
            text = words.gettext("You are off duty. Send /on to start.")
        elif backlog.shown:
            text = words.ngettext("{count} more comes", "{count} more come", backlog.shown).format(
                count=backlog.shown
            )
        else:
            text = words.gettext("Nobody else waits")
        await self._answers.answer_tap(tap, text)
        await self._answers.set_keyboard(tap, _more(backlog.unseen if backlog else 0, words))


def _summary(backlog: Backlog, cards: int, left: int, words: Words) -> str:
    if not backlog.waiting:
        return ""
    text = words.ngettext(
        "{count} customer waits", "{count} customers wait", backlog.waiting
    ).format(count=backlog.waiting)
    if backlog.urgent:
        text += ", " + words.ngettext("{count} urgent", "{count} urgent", backlog.urgent).format(
            count=backlog.urgent
        )
    if not left or not cards:
        return f"{text}."
    return f"{text}. " + words.ngettext(
        "Here come the first {cards}, and {left} more waits.",
        "Here come the first {cards}, and {left} more wait.",
        left,
    ).format(cards=cards, left=left)


def _more(left: int, words: Words) -> InlineKeyboardMarkup | None:
    text = words.ngettext("Show more ({left})", "Show more ({left})", left).format(left=left)
    return keyboard([(text, MORE)]) if left else None
