"""Taps on a card: claim, look, release, close, take over. One script decides, then the answer."""

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.naming import name_of
from onduty_desk.conversations.ownership import Conversations, TapOutcome
from onduty_desk.conversations.verbs import Verb
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

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Do what the button asks for, if it is allowed now, and answer with the result."""
        tapped = await self._decide(update_id, tap)
        _log.info("card.tapped", operator=tap.from_user.id, verb=tap.data, result=tapped.result)
        await self._answers.answer_tap(tap, answer(tapped, words))
        if tapped.result == "unknown":
            await self._answers.set_keyboard(tap)

    async def _decide(self, update_id: int, tap: CallbackQuery) -> TapOutcome:
        if tap.message is None or tap.data not in set(Verb):
            return TapOutcome("unknown")
        return await self._conversations.tap(
            Verb(tap.data),
            operator_id=OperatorId(tap.from_user.id),
            name=name_of(tap.from_user),
            chat_id=ChatId(tap.message.chat.id),
            message_id=tap.message.message_id,
            update_id=update_id,
        )


def answer(tapped: TapOutcome, words: Words) -> str:
    """Return the short text shown above the chat (answerCallbackQuery: up to 200 characters)."""
    return _texts(words)[tapped.result].format(name=short_name(tapped.name))


def _texts(words: Words) -> dict[TapResult, str]:
    return {
        "claimed": words.gettext("It is yours"),
        "released": words.gettext("Released: the others are told"),
        "released_alone": words.gettext("Released: it waits, nobody else is on duty"),
        "closed": words.gettext("Closed"),
        "reopened": words.gettext("Open again, and yours"),
        "renewed": words.gettext("It stays yours"),
        "opened": "",
        "back": "",
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
    }
