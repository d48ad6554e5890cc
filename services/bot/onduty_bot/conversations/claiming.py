"""Taps on a card: claim, look, release, close, take over. Decided in one step, answered at once."""

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.naming import name_of
from onduty_desk.conversations.ownership import Conversations, Tapped
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.words import TapResult
from onduty_desk.texts import Words
from onduty_desk.texts.outside import short_name

_log = structlog.get_logger()


class Claiming:
    """Answers taps on cards; the dispatchers draw what has changed."""

    def __init__(self, conversations: Conversations, answers: Answers) -> None:
        self._conversations = conversations
        self._answers = answers

    async def tap(self, update_id: int, tap: CallbackQuery, told: Words) -> None:
        """Do what the button says, if it may be done now, and say what came of it."""
        tapped = await self._decide(update_id, tap)
        _log.info("card.tapped", operator=tap.from_user.id, verb=tap.data, result=tapped.result)
        await self._answers.answer_tap(tap, answer(tapped, told))
        if tapped.result == "unknown":
            await self._answers.strip(tap)

    async def _decide(self, update_id: int, tap: CallbackQuery) -> Tapped:
        if tap.message is None or tap.data not in set(Verb):
            return Tapped("unknown")
        return await self._conversations.tap(
            Verb(tap.data),
            operator_id=OperatorId(tap.from_user.id),
            name=name_of(tap.from_user),
            chat_id=ChatId(tap.message.chat.id),
            message_id=tap.message.message_id,
            update_id=update_id,
        )


def answer(tapped: Tapped, told: Words) -> str:
    """Return the short text over the chat (Bot API, answerCallbackQuery: up to 200 characters)."""
    return _texts(told)[tapped.result].format(name=short_name(tapped.name))


def _texts(told: Words) -> dict[TapResult, str]:
    return {
        "claimed": told.gettext("It is yours"),
        "released": told.gettext("Released: the others are told"),
        "released_alone": told.gettext("Released: it waits, nobody else is on duty"),
        "closed": told.gettext("Closed"),
        "reopened": told.gettext("Open again, and yours"),
        "renewed": told.gettext("It stays yours"),
        "opened": "",
        "back": "",
        "confirm": told.gettext("{name} is answering. Take over?"),
        "asked_again": told.gettext("Meanwhile {name} is answering. Take over?"),
        "taken": told.gettext("{name} is answering"),
        "yours": told.gettext("You are answering already"),
        "waiting": told.gettext("Nobody is answering: it waits"),
        "is_closed": told.gettext("This conversation is closed"),
        "off_duty": told.gettext("You are off duty. Send /on to start."),
        "other_group": told.gettext("This is another group's conversation"),
        "unknown": told.gettext("This button does not work any more."),
        "just_changed": told.gettext("The buttons have just changed. Look and tap again."),
        "on_its_way": told.gettext("One moment, then tap again"),
    }
