"""Taps on a card: claim, look, release, close, take over. One script decides, then the answer."""

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.naming import name_of
from onduty_bot.conversations.button_data import ButtonData
from onduty_desk.conversations.ownership import Conversations, TapOutcome
from onduty_desk.conversations.verbs import PageNumber, Verb, read_data
from onduty_desk.metrics.figures import CLAIMS
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.words import TapResult
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

_log = structlog.get_logger()


class Claiming:
    """Decides and answers taps on cards; dispatchers edit the cards afterwards."""

    def __init__(self, conversations: Conversations, answers: Answers) -> None:
        self._conversations = conversations
        self._answers = answers

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> TapOutcome:
        """Do what the button asks for, if it is allowed now, and answer with the result."""
        verb, page = read_data(tap.data) or ("", None)
        return await self._tap(update_id, tap, verb, None, words, page)

    async def tap_row(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The same for a row of a nudge."""
        await self._tap(update_id, tap, tapped.verb, tapped.number, words)

    async def _tap(  # noqa: PLR0913, PLR0917 - what is asked for, by whom
        self,
        update_id: int,
        tap: CallbackQuery,
        verb: str,
        row: int | None,
        words: Words,
        page: PageNumber | None = None,
    ) -> TapOutcome:
        tapped = await self._decide(update_id, tap, verb, row, page)
        if tapped.waited_s is not None:
            CLAIMS.note(tapped.waited_s)
        _log.info("card.tapped", operator=tap.from_user.id, verb=tap.data, result=tapped.result)
        await self._answers.answer_tap(tap, answer(tapped, words))
        if tapped.result == "unknown":
            await self._answers.set_keyboard(tap)
        return tapped

    async def _decide(
        self,
        update_id: int,
        tap: CallbackQuery,
        verb: str,
        row: int | None,
        page: PageNumber | None,
    ) -> TapOutcome:
        if tap.message is None or verb not in set(Verb):
            return TapOutcome("unknown")
        return await self._conversations.tap(
            Verb(verb),
            operator_id=OperatorId(tap.from_user.id),
            name=name_of(tap.from_user),
            chat_id=ChatId(tap.message.chat.id),
            message_id=tap.message.message_id,
            update_id=update_id,
            row=row,
            page=page,
        )


def answer(tapped: TapOutcome, words: Words) -> str:
    """Return the short text shown above the chat (answerCallbackQuery: up to 200 characters)."""
    if tapped.result in {"group_full", "limit_full"}:
        return full(tapped.result, int(tapped.name), words)
    return _texts(words)[tapped.result].format(name=short_name(tapped.name))


def full(result: str, most: int, words: Words) -> str:
    """Return why an operator has no room for one more customer; `most` is the number reached."""
    if result == "limit_full":
        text = words.ngettext(
            "Your limit is {count} customer. Close or release one, or send /limit to change it.",
            "Your limit is {count} customers. Close or release one, or send /limit to change it.",
            most,
        )
    else:
        text = words.ngettext(
            "In this group each of you may answer {count} customer at once. Close or release one; "
            "whoever runs the desk sets the number.",
            "In this group each of you may answer {count} customers at once. Close or release one; "
            "whoever runs the desk sets the number.",
            most,
        )
    return text.format(count=most)


def _texts(words: Words) -> dict[TapResult, str]:
    return {
        "claimed": words.gettext("It is yours"),
        "claimed_paused": words.gettext(
            "It is yours. You are paused: the customer's next message goes to the others. "
            "/pause ends the pause."
        ),
        "released": words.gettext("Released: the others are told"),
        "released_soon": words.gettext(
            "Released. Your colleagues are rung in a few seconds; until then you can take it back."
        ),
        "released_alone": words.gettext("Released: it waits, nobody else is on duty"),
        "closed": words.gettext("Closed"),
        "reopened": words.gettext("Open again, and yours"),
        "renewed": words.gettext("It stays yours"),
        "opened": "",
        "back": "",
        "menu": "",
        "pass": "",
        "quick": "",
        "muted": words.gettext("Muted: what they write rings nobody any more"),
        "note": words.gettext("Your next message here is a note"),
        "asks": words.gettext("{name} has been asked already"),
        "declined": words.gettext("Declined: {name} is told"),
        "declined_offer": words.gettext("Declined: it goes to the others"),
        "is_urgent": words.gettext("Urgent now"),
        "is_normal": words.gettext("As urgent as most now"),
        "is_low": words.gettext("It can wait"),
        "confirm": words.gettext("{name} is answering. Take over?"),
        "asked_again": words.gettext("Meanwhile {name} is answering. Take over?"),
        "taken": words.gettext("{name} is answering"),
        "yours": words.gettext("You are answering already"),
        "waiting": words.gettext("Nobody is answering: it waits"),
        "is_closed": words.gettext("This conversation is closed"),
        "off_duty": words.gettext("You are off duty. Send /on to start."),
        "other_group": words.gettext("This is another group's conversation"),
        "unknown": words.gettext("This button does not work any more."),
        "just_changed": words.gettext("The buttons have just changed. Look and tap again."),
        "on_its_way": words.gettext("One moment, then tap again"),
        "group_full": "",  # see `full`
        "limit_full": "",
    }
