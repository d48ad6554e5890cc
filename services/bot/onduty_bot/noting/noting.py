"""Note: an operator's next text is one, whatever it replies to, and goes to no customer."""

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming, thread_of
from onduty_bot.answering.naming import first_name_of, name_of
from onduty_bot.conversations.button_data import NOTE_CANCEL, NOTE_SEND, ButtonData, keyboard
from onduty_bot.conversations.cards import Cards
from onduty_bot.noting.words import said_of, why_not_changed
from onduty_bot.replying.delaying import DelayNotices
from onduty_bot.replying.replying import note_claim, written
from onduty_bot.replying.words import (
    customer_of,
    did_not_reach,
    goes_to,
    why_not,
    words_of,
)
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.noting.notes import Kind, Notebook
from onduty_desk.texts import Words

_log = structlog.get_logger()


class Noting:
    """Asks for a note, and takes the next text for it; handled again, an update changes no more."""

    def __init__(
        self, notebook: Notebook, cards: Cards, answers: Answers, notices: DelayNotices
    ) -> None:
        self._notebook = notebook
        self._cards = cards
        self._answers = answers
        self._notices = notices

    async def begin(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Say that the next text is a note about the customer of the card that was tapped."""
        if tap.message is None:
            return
        chat_id, operator_id = ChatId(tap.message.chat.id), OperatorId(tap.from_user.id)
        card = await self._cards.find(chat_id, tap.message.message_id)
        if card is None:
            return
        text = words.gettext(
            "📝 Your next message in this chat is a note about {customer}, whatever it replies to. "
            "Your colleagues see it; the customer does not."
        ).format(customer=customer_of(card, words))
        buttons = keyboard([(words.gettext("Cancel"), f"{NOTE_CANCEL}:0")])
        asked = await self._answers.send_once(
            chat_id, f"{update_id}", text, buttons, thread=thread_of(tap)
        )
        if asked:
            before = await self._notebook.asked(operator_id, card.conversation_id, asked)
            if before:
                await self._answers.delete_by_id(chat_id, before)

    async def cancel(self, _: int, tap: CallbackQuery, __: ButtonData, words: Words) -> None:
        """Cancel, or that one knows it is over: the next text is none."""
        if tap.message is None:
            return
        chat_id, message_id = tap.message.chat.id, tap.message.message_id
        is_cancelled = await self._notebook.cancel(OperatorId(tap.from_user.id), message_id)
        text = words.gettext("No note: your next message is a message again")
        await self._answers.answer_tap(
            tap, text if is_cancelled else words.gettext("This is over already.")
        )
        await self._answers.delete_by_id(chat_id, message_id)

    async def heard(self, incoming: Incoming) -> bool:
        """Take a text for a note, or the edit of a note; return whether it was either."""
        if incoming.is_edit:
            return await self._edited(incoming)
        if not incoming.glance.may_be_note:
            return False
        given = await self._notebook.give(
            written(incoming), _kind(incoming), update_id=incoming.update_id
        )
        if given.result == "not_armed":
            return False
        _log.info(
            "note.written",
            operator=incoming.operator_id,
            conversation=given.conversation_id,
            result=given.result,
        )
        message_id, words = incoming.message.message_id, incoming.words
        customer = customer_of(await self._cards.of(given.conversation_id), words)
        buttons = None
        if given.can_be_sent and _kind(incoming) == "text":
            send = words.gettext("Send to customer instead")
            buttons = keyboard([(send, f"{NOTE_SEND}:{message_id}")])
        text = words_of(incoming) + said_of(given.result, customer, words)
        await self._answers.answer(incoming, text, buttons, reply_to=message_id)
        if given.asked:
            await self._answers.delete_by_id(incoming.chat_id, given.asked)
        return True

    async def undo(self, incoming: Incoming, replied: int) -> bool:
        """`/undo` as a reply to a note takes it back; return whether it was one."""
        words = incoming.words
        result = await self._notebook.remove(
            incoming.operator_id,
            incoming.chat_id,
            replied,
            update_id=incoming.update_id,
        )
        if result == "no_note":
            return False
        _log.info("note.removed", operator=incoming.operator_id, result=result)
        text = why_not_changed(result, words) or words.gettext("📝 The note is gone.")
        await self._answers.answer(incoming, text, reply_to=replied)
        return True

    async def send_instead(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button below a note: send it to the customer; it is a note no more."""
        if tap.message is None:
            return
        operator_id, chat_id = OperatorId(tap.from_user.id), ChatId(tap.message.chat.id)
        sent = await self._notebook.send(
            operator_id,
            name_of(tap.from_user),
            first_name_of(tap.from_user),
            chat_id,
            tapped.number,
            update_id=update_id,
        )
        card = await self._cards.of(sent.conversation_id) if sent.conversation_id else None
        note_claim(sent.outcome, operator_id, card)
        customer = customer_of(card, words)
        if sent.outcome.is_accepted:
            await self._answers.answer_tap(tap, goes_to(sent.outcome, customer, words))
            await self._answers.delete_by_id(chat_id, tap.message.message_id)
            await self._notices.say(
                *(sent.outcome, chat_id, tapped.number),
                customer=customer,
                thread=thread_of(tap),
                words=words,
            )
            return
        why = f"{did_not_reach(words)}. {why_not(sent.outcome, customer, words)}"
        await self._answers.answer_tap(tap, why)
        if sent.outcome.result == "not_held":
            await self._answers.set_keyboard(tap)

    async def customer(self, conversation_id: ConversationId, words: Words) -> str:
        """Return what a conversation's customer is called."""
        return customer_of(await self._cards.of(conversation_id), words)

    async def _edited(self, incoming: Incoming) -> bool:
        as_written = written(incoming)
        result = await self._notebook.change(
            incoming.operator_id,
            incoming.chat_id,
            incoming.message.message_id,
            text=as_written.text,
            html=as_written.html,
            update_id=incoming.update_id,
        )
        if result == "no_note":
            return False
        _log.info("note.edited", operator=incoming.operator_id, result=result)
        if why := why_not_changed(result, incoming.words):
            await self._answers.answer(incoming, why, reply_to=incoming.message.message_id)
        return True


def _kind(incoming: Incoming) -> Kind:
    if not incoming.message.text:
        return "other"
    return "forward" if incoming.message.forward_origin else "text"
