"""⚡ on a card: choose a quick reply, see it filled in, send it; or copy it, to change it first."""

from datetime import UTC, datetime

from telegram import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
)

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import thread_of
from onduty_bot.answering.naming import first_name_of
from onduty_bot.conversations.button_data import (
    QUICK_BACK,
    QUICK_SEND,
    QUICK_SHOW,
    ButtonData,
    keyboard,
)
from onduty_bot.conversations.cards import Card, Cards
from onduty_bot.conversations.context import Context
from onduty_bot.replying.replying import Replying
from onduty_bot.replying.words import customer_of
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.quick_replies.quick_replies import QuickReplies
from onduty_desk.roster.speaking_names import SpeakingNames
from onduty_desk.texts import Words

MOST_COPIED = 256
"""Characters that a button copies (Bot API, CopyTextButton)."""


class Choosing:
    """The message with the choice becomes the answer, and shows what becomes of it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        quick_replies: QuickReplies,
        names: SpeakingNames,
        cards: Cards,
        context: Context,
        replying: Replying,
        answers: Answers,
    ) -> None:
        self._quick_replies = quick_replies
        self._names = names
        self._cards = cards
        self._context = context
        self._replying = replying
        self._answers = answers

    async def begin(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Show the choice for the customer of the card that was tapped; once for a tap."""
        if tap.message is None:
            return
        chat_id = ChatId(tap.message.chat.id)
        card = await self._cards.find(chat_id, tap.message.message_id)
        if card is None:
            return
        text, buttons = await self._choice(card, words)
        shown = await self._answers.send_once(
            chat_id, f"{update_id}", text, buttons, thread=thread_of(tap)
        )
        if shown:
            await self._context.keep(chat_id, shown, [card.conversation_id])

    async def show(self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        """Show one filled in, and hold it."""
        card = await self._card(tap, words)
        if card is None or tap.message is None:
            return
        found = await self._quick_replies.of(card.group or "")
        if tapped.number not in found:
            await self._answers.answer_tap(tap, words.gettext("This one is removed. Choose again."))
            await self._answers.edit(tap, *await self._choice(card, words))
            return
        operator_id, first_name = OperatorId(tap.from_user.id), first_name_of(tap.from_user)
        customer = customer_of(card, words)
        text = found[tapped.number].filled(
            customer=card.customer_name or customer,
            operator=await self._names.find(operator_id) or first_name,
        )
        is_held = await self._quick_replies.hold(
            text,
            card.conversation_id,
            operator_id,
            first_name,
            ChatId(tap.message.chat.id),
            tap.message.message_id,
            at=datetime.now(UTC),
            thread=thread_of(tap),
        )
        if not is_held:
            await self._say_sent(tap, words)
            return
        head = words.gettext("⚡ To {customer}, not sent yet:").format(customer=customer)
        await self._answers.answer_tap(tap, "")
        await self._answers.edit(
            tap, f"{head}\n\n{text}", _buttons(text, tap, words), _as_code(head, text)
        )

    async def back(self, _: int, tap: CallbackQuery, __: ButtonData, words: Words) -> None:
        """Show the choice again."""
        if card := await self._card(tap, words):
            await self._answers.answer_tap(tap, "")
            await self._answers.edit(tap, *await self._choice(card, words))

    async def send(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Send just what is shown; a second tap is told that it was sent."""
        await self._replying.send_shown(update_id, tap, tapped.number, words)

    async def _choice(self, card: Card, words: Words) -> tuple[str, InlineKeyboardMarkup | None]:
        found = await self._quick_replies.of(card.group or "")
        rows = [[(one.title, f"{QUICK_SHOW}:{number}")] for number, one in found.items()]
        text = words.gettext("⚡ What shall {customer} get?")
        if not found:
            text = words.gettext("⚡ {customer}: there are no quick replies any more.")
        return text.format(customer=customer_of(card, words)), keyboard(*rows)

    async def _card(self, tap: CallbackQuery, words: Words) -> Card | None:
        these = await self._context.of(tap)
        if not these:
            text = words.gettext("This is too old; begin at the customer's card again.")
            await self._answers.answer_tap(tap, text)
            await self._answers.set_keyboard(tap)
            return None
        return await self._cards.of(ConversationId(these[0]))

    async def _say_sent(self, tap: CallbackQuery, words: Words) -> None:
        await self._answers.answer_tap(tap, words.gettext("It was sent already, or is too old."))
        await self._answers.set_keyboard(tap)


def _buttons(text: str, tap: CallbackQuery, words: Words) -> InlineKeyboardMarkup:
    message_id = tap.message.message_id if tap.message else 0
    send = InlineKeyboardButton(words.gettext("Send"), callback_data=f"{QUICK_SEND}:{message_id}")
    back = InlineKeyboardButton(words.gettext("Back"), callback_data=f"{QUICK_BACK}:0")
    if len(text) > MOST_COPIED:
        return InlineKeyboardMarkup([[send], [back]])
    copied = CopyTextButton(text)
    copy = InlineKeyboardButton(words.gettext("Copy, to change it"), copy_text=copied)
    return InlineKeyboardMarkup([[send], [copy, back]])


def _as_code(head: str, text: str) -> list[MessageEntity]:
    """Mark a text that is too long for the button as code: a tap on that copies it."""
    if len(text) <= MOST_COPIED:
        return []
    offset = len(f"{head}\n\n".encode("utf-16-le")) // 2
    return [MessageEntity(MessageEntity.PRE, offset, len(text.encode("utf-16-le")) // 2)]
