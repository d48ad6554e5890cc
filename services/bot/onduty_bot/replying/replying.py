"""A reply to a customer's card is the answer: sent at once, or refused with a word and a button."""

import structlog
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming, thread_of
from onduty_bot.answering.naming import first_name_of, name_of
from onduty_bot.conversations.button_data import (
    ANSWER_OVER,
    ANSWER_REOPEN,
    ANSWER_TO,
    ButtonData,
    keyboard,
)
from onduty_bot.conversations.cards import Card, Cards
from onduty_bot.replying.delaying import DelayNotices
from onduty_bot.replying.html import html_of
from onduty_bot.replying.words import customer_of, did_not_reach, goes_to, why_not, words_of
from onduty_desk.metrics.figures import CLAIMS
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.replies.replying import AnswerOutcome, Replies, Way, Written
from onduty_desk.texts import Words

_MOST_CHOICES = 10
"""A button to choose a customer carries the message and the choice as one number."""

_log = structlog.get_logger()


class Replying:
    """Sends texts of operators to customers; whatever is not sent is said."""

    def __init__(
        self, replies: Replies, cards: Cards, answers: Answers, notices: DelayNotices
    ) -> None:
        self._replies = replies
        self._cards = cards
        self._answers = answers
        self._notices = notices

    async def reply(self, incoming: Incoming, card: Card) -> bool:
        """Send a reply to a card, or what is written in a topic, to its customer, or say why not.

        False if answers from Telegram are switched off: then nothing was done or said.
        """
        words = incoming.words
        if not incoming.message.text:
            text = words.gettext("Only text can be sent to customers from here.")
        elif incoming.message.forward_origin:
            text = words.gettext("Forwarded messages are not sent on. Write it yourself.")
        elif incoming.is_edit:
            text = words.gettext("I read a message only once. Send it again as a new one.")
        else:
            return await self._send(incoming, card)
        if not await self.is_on():
            return False
        await self._say(incoming, f"{did_not_reach(words)}\n\n{text}")
        return True

    async def _send(self, incoming: Incoming, card: Card) -> bool:
        words, said = incoming.words, written(incoming)
        quote = incoming.message.quote.text if incoming.message.quote else ""
        outcome = await self._replies.answer(
            said, incoming.replied_to, quote, update_id=incoming.update_id
        )
        if outcome.result in {"off", "unknown"}:
            return False
        note_claim(outcome, said.operator_id, card)
        if not outcome.is_accepted:
            await self._refuse(incoming, outcome, card)
        await self._notices.say(
            *(outcome, incoming.chat_id, incoming.message.message_id),
            customer=customer_of(card, words),
            thread=incoming.thread,
            words=words,
        )
        return True

    async def is_on(self) -> bool:
        """Whether answers reach customers from here."""
        return await self._replies.are_wanted()

    async def is_known(self, incoming: Incoming) -> bool:
        """Whether it is the edit of an answer."""
        message_id = incoming.message.message_id
        return incoming.is_edit and await self._replies.is_reply(incoming.chat_id, message_id)

    async def offer(self, incoming: Incoming) -> bool:
        """Ask for whom a text is that replies to nothing; return whether it was asked."""
        message = incoming.message
        if incoming.is_edit or not message.text or message.forward_origin:
            return False
        owned = await self._replies.offer(written(incoming), update_id=incoming.update_id)
        rows = []
        for number, conversation_id in enumerate(owned, start=1):
            customer = customer_of(await self._cards.of(conversation_id), incoming.words)
            text = incoming.words.gettext("To {customer}").format(customer=customer)
            data = f"{ANSWER_TO}:{message.message_id * _MOST_CHOICES + number}"
            rows.append([(text, data)])
        if rows:
            text = incoming.words.gettext("This was not sent yet. Whom is it for?")
            await self._say(incoming, text, keyboard(*rows))
        return bool(rows)

    async def take_over(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button below a refusal: take it over, and send exactly what was written."""
        await self._send_held("take_over", update_id, tap, tapped.number, words)

    async def reopen(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The same for a conversation that one has closed."""
        await self._send_held("reopen", update_id, tap, tapped.number, words)

    async def send_to(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button with a customer's name: send it to them."""
        message_id, number = divmod(tapped.number, _MOST_CHOICES)
        await self._send_held("to", update_id, tap, message_id, words, number)

    async def send_shown(
        self, update_id: int, tap: CallbackQuery, message_id: int, words: Words
    ) -> None:
        """Send what the message that was tapped shows: that stays, without its buttons."""
        await self._send_held("shown", update_id, tap, message_id, words)

    async def _show_sent(
        self, tap: CallbackQuery, chat_id: ChatId, message_id: int, customer: str, words: Words
    ) -> None:
        """The message that was tapped is the answer: it says so, and stays."""
        head = words.gettext("⚡ To {customer}:").format(customer=customer)
        text = await self._replies.text_of(chat_id, message_id)
        await self._answers.edit(tap, f"{head}\n\n{text}")

    async def _send_held(  # noqa: PLR0913, PLR0917 - what is sent, and who asks for it
        self,
        way: Way,
        update_id: int,
        tap: CallbackQuery,
        message_id: int,
        words: Words,
        number: int = 0,
    ) -> None:
        if tap.message is None:
            return
        operator_id, chat_id = OperatorId(tap.from_user.id), ChatId(tap.message.chat.id)
        outcome = await self._replies.send_held(
            way,
            operator_id,
            name_of(tap.from_user),
            chat_id,
            message_id,
            first_name=first_name_of(tap.from_user),
            update_id=update_id,
            number=number,
        )
        conversation_id = await self._replies.conversation_of(chat_id, message_id)
        card = await self._cards.of(conversation_id) if conversation_id else None
        note_claim(outcome, operator_id, card)
        customer = customer_of(card, words)
        if outcome.is_accepted:
            await self._answers.answer_tap(tap, goes_to(outcome, customer, words))
            if message_id == tap.message.message_id:
                await self._show_sent(tap, chat_id, message_id, customer, words)
            else:
                await self._answers.delete_by_id(chat_id, tap.message.message_id)
            await self._notices.say(
                *(outcome, chat_id, message_id),
                customer=customer,
                thread=thread_of(tap),
                words=words,
            )
            return
        why = why_not(outcome, customer, words)
        await self._answers.answer_tap(tap, why)
        if outcome.result in {"taken", "may_reopen"}:
            text = f"{did_not_reach(words)}\n\n{why}"
            await self._answers.edit(tap, text, _buttons(outcome, message_id, words))
        elif outcome.result in {"not_held", "is_closed", "unknown"}:
            await self._answers.set_keyboard(tap)

    async def _refuse(self, incoming: Incoming, outcome: AnswerOutcome, card: Card) -> None:
        words = incoming.words
        text = f"{did_not_reach(words)}\n\n{why_not(outcome, customer_of(card, words), words)}"
        await self._say(incoming, text, _buttons(outcome, incoming.message.message_id, words))

    async def _say(
        self, incoming: Incoming, text: str, buttons: InlineKeyboardMarkup | None = None
    ) -> None:
        reply_to, said = incoming.message.message_id, words_of(incoming)
        await self._answers.answer(incoming, f"{said}{text}", buttons, reply_to=reply_to)


def _buttons(outcome: AnswerOutcome, message_id: int, words: Words) -> InlineKeyboardMarkup | None:
    if outcome.result == "taken":
        return keyboard([(words.gettext("Take over and send"), f"{ANSWER_OVER}:{message_id}")])
    if outcome.result == "may_reopen":
        return keyboard([(words.gettext("Reopen and send"), f"{ANSWER_REOPEN}:{message_id}")])
    return None


def note_claim(outcome: AnswerOutcome, operator_id: OperatorId, card: Card | None) -> None:
    """Count the claim that an answer was, and log what came of it."""
    if outcome.waited_s is not None:
        CLAIMS.note(outcome.waited_s)
    conversation = card.conversation_id if card else ""
    _log.info(
        "reply.written", operator=operator_id, conversation=conversation, result=outcome.result
    )


def written(incoming: Incoming) -> Written:
    """Return what an operator has written, and where."""
    message = incoming.message
    return Written(
        incoming.operator_id,
        name_of(incoming.author),
        first_name_of(incoming.author),
        incoming.chat_id,
        message.message_id,
        incoming.text,
        html_of(incoming.text, message.entities),
        message.date,
        incoming.thread,
    )
