"""`/mute` as a reply to a customer's card: their owner, or an admin, lets them ring nobody."""

from collections.abc import Collection

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import name_of
from onduty_bot.conversations.button_data import UNMUTE, ButtonData, keyboard
from onduty_bot.conversations.cards import Cards
from onduty_bot.replying.words import customer_of
from onduty_desk.conversations.muting import Muting, Result
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.texts import Words

_log = structlog.get_logger()


class Mutes:
    """Each answer is one message; a repeated update gets the same."""

    def __init__(
        self, muting: Muting, cards: Cards, answers: Answers, admin_ids: Collection[int]
    ) -> None:
        self._muting = muting
        self._cards = cards
        self._answers = answers
        self._admin_ids = frozenset(admin_ids)

    async def mute(self, incoming: Incoming) -> None:
        """`/mute`; the answer has a button that undoes it."""
        replied, words = incoming.message.reply_to_message, incoming.words
        if replied is None:
            text = words.gettext("To mute a customer, reply to their message here with /mute.")
            await self._answers.answer(incoming, text)
            return
        result, conversation_id = await self._muting.by_card(
            "mute",
            incoming.operator_id,
            name_of(incoming.author),
            incoming.chat_id,
            replied.message_id,
            is_admin=incoming.operator_id in self._admin_ids,
            update_id=incoming.update_id,
        )
        _log.info(
            "conversation.muted",
            operator=incoming.operator_id,
            conversation=conversation_id,
            result=result,
        )
        card = await self._cards.of(conversation_id) if conversation_id else None
        text = _said(result, customer_of(card, words), words)
        buttons = None
        if result in {"muted", "already"}:
            buttons = keyboard([(words.gettext("Undo"), f"{UNMUTE}:{replied.message_id}")])
        await self._answers.answer(incoming, text, buttons)

    async def unmute(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button below the answer."""
        if tap.message is None:
            return
        result, conversation_id = await self._muting.by_card(
            "undo",
            OperatorId(tap.from_user.id),
            name_of(tap.from_user),
            ChatId(tap.message.chat.id),
            tapped.number,
            is_admin=tap.from_user.id in self._admin_ids,
            update_id=update_id,
        )
        _log.info("conversation.unmuted", operator=tap.from_user.id, result=result)
        card = await self._cards.of(conversation_id) if conversation_id else None
        said = _said(result, customer_of(card, words), words)
        await self._answers.answer_tap(tap, said)
        if result in {"undone", "not_muted"}:
            await self._answers.edit(tap, said)  # "is muted" is true no longer
        elif result != "off_duty":
            await self._answers.set_keyboard(tap)


def _said(result: Result, customer: str, words: Words) -> str:
    texts: dict[Result, str] = {
        "muted": words.gettext("🔇 {customer} is muted: what they write rings nobody."),
        "already": words.gettext("🔇 {customer} is muted already."),
        "undone": words.gettext("{customer} rings again; what they wrote meanwhile waits now"),
        "not_muted": words.gettext("{customer} is not muted."),
        "not_theirs": words.gettext(
            "Only who is answering {customer}, or an admin, can do that. Take over first."
        ),
        "off_duty": words.gettext("You are off duty. Send /on to start receiving messages."),
        "unknown": words.gettext("This is no message of a customer that I know."),
    }
    return texts[result].format(customer=customer)
