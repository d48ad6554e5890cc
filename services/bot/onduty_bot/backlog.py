"""What waits when an operator comes on duty: one summary that rings, then a few silent cards."""

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answers import Answers
from onduty_bot.buttons import keyboard
from onduty_bot.heard import Heard
from onduty_desk.conversations import Conversations
from onduty_desk.keys import OperatorId
from onduty_desk.lists import Lists, Waiting
from onduty_desk.texts import Words

MORE = "more"


class Backlog:
    """Shows it, some cards at a time."""

    def __init__(
        self, lists: Lists, conversations: Conversations, answers: Answers, *, cards: int
    ) -> None:
        self._lists = lists
        self._conversations = conversations
        self._answers = answers
        self._cards = cards

    async def greet(self, heard: Heard, group: str, greeting: str) -> None:
        """Say the greeting with how much waits, and then send the first cards without a ring."""
        waiting = await self._lists.waiting(group)
        text = "\n\n".join(filter(None, (greeting, _summary(waiting, self._cards, heard.words))))
        left = max(0, waiting.count - self._cards)
        await self._answers.answer(heard, text, _more(left, heard.words))
        await self._conversations.show_backlog(
            heard.operator_id, self._cards, update_id=heard.update_id
        )

    async def more(self, update_id: int, tap: CallbackQuery, told: Words) -> None:
        """Send the next cards."""
        shown = await self._conversations.show_backlog(
            OperatorId(tap.from_user.id), self._cards, update_id=update_id
        )
        text = (
            told.ngettext("{count} more comes", "{count} more come", shown.shown).format(
                count=shown.shown
            )
            if shown.shown
            else told.gettext("Nobody else waits")
        )
        await self._answers.answer_tap(tap, text)
        await self._answers.strip(tap, _more(shown.unseen, told))


def _summary(waiting: Waiting, cards: int, told: Words) -> str:
    if not waiting.count:
        return ""
    text = told.ngettext("{count} customer waits", "{count} customers wait", waiting.count).format(
        count=waiting.count
    )
    if waiting.urgent:
        text += ", " + told.ngettext(
            "{count} of them is urgent", "{count} of them are urgent", waiting.urgent
        ).format(count=waiting.urgent)
    left = waiting.count - cards
    if left <= 0:
        return f"{text}."
    return f"{text}. " + told.ngettext(
        "Here come the first {cards}, and {left} more waits.",
        "Here come the first {cards}, and {left} more wait.",
        left,
    ).format(cards=cards, left=left)


def _more(left: int, told: Words) -> InlineKeyboardMarkup | None:
    text = told.ngettext("Show more ({left})", "Show more ({left})", left).format(left=left)
    return keyboard([(text, MORE)]) if left else None
