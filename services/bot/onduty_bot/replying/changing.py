"""Changes to an answer: edited, taken back by /undo, sent again after it failed."""

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.button_data import ButtonData, spoken_of
from onduty_bot.noting.noting import Noting
from onduty_bot.replying.delaying import DelayNotices
from onduty_bot.replying.html import html_of
from onduty_bot.replying.words import said_in_a_topic, why_not_changed, words_of
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.replies.replying import Replies
from onduty_desk.texts import Words

_log = structlog.get_logger()


class Changing:
    """Only the author may change an answer, on duty; who may not is told."""

    def __init__(
        self, replies: Replies, answers: Answers, noting: Noting, notices: DelayNotices
    ) -> None:
        self._noting = noting
        self._notices = notices
        self._replies = replies
        self._answers = answers

    async def edited(self, incoming: Incoming) -> bool:
        """Send the new text of an answer on; return whether it was the edit of one."""
        message_id = incoming.message.message_id
        if not incoming.is_edit or not await self._replies.is_reply(incoming.chat_id, message_id):
            return False
        result = await self._replies.change(
            "edit",
            incoming.operator_id,
            incoming.chat_id,
            message_id,
            update_id=incoming.update_id,
            text=incoming.text,
            html=html_of(incoming.text, incoming.message.entities),
        )
        _log.info("reply.edited", operator=incoming.operator_id, result=result)
        if result == "held":
            await self._notices.say_anew(
                incoming.chat_id, message_id, incoming.thread, incoming.words
            )
        await self._say_why_not(incoming, why_not_changed(result, incoming.words), message_id)
        return True

    async def undo(self, incoming: Incoming) -> None:
        """`/undo` as a reply to an own answer, or to what the bot says of it with a button.

        It is taken back; in a topic, without a reply, the newest one is.
        """
        words = incoming.words
        replied = spoken_of(incoming.message.reply_to_message) or incoming.replied_to
        if not replied and incoming.thread:
            replied = await self._replies.newest_in(incoming.chat_id, incoming.thread)
        if not replied:
            text = words.gettext("To take an answer back, reply to it with /undo.")
            await self._answers.answer(incoming, text)
            return
        if await self._noting.undo(incoming, replied):
            return
        result = await self._replies.change(
            "undo",
            incoming.operator_id,
            incoming.chat_id,
            replied,
            update_id=incoming.update_id,
        )
        _log.info("reply.taken_back", operator=incoming.operator_id, result=result)
        if result == "held":
            text = words.gettext("It was not sent, and will not be.")
            await self._answers.answer(incoming, text, reply_to=replied)
        elif result == "deleted":
            text = words.gettext("You have taken this answer back already.")
            await self._answers.answer(incoming, text, reply_to=replied)
        elif result == "taken_back":
            await self._say_taken_back(incoming, replied)
        else:
            why = why_not_changed(result, words)
            await self._say_why_not(incoming, why, replied)

    async def _say_taken_back(self, incoming: Incoming, about: int) -> None:
        """Say that it is on its way: whether it has arrived is seen on the answer itself."""
        words = incoming.words
        text = words.gettext("This answer is being taken back. It is done when 👀 is gone from it.")
        if incoming.thread:
            taken_back = await self._replies.text_of(incoming.chat_id, about)
            text = said_in_a_topic(taken_back, words) + text
        await self._answers.answer(incoming, text, reply_to=about)

    async def undo_delayed(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button below the word that an answer goes in a while; by then it may be gone."""
        if tap.message is None:
            return
        chat_id = ChatId(tap.message.chat.id)
        result = await self._replies.change(
            "undo", OperatorId(tap.from_user.id), chat_id, tapped.number, update_id=update_id
        )
        _log.info("reply.taken_back", operator=tap.from_user.id, result=result)
        texts = {
            "held": words.gettext("It was not sent, and will not be."),
            "taken_back": words.gettext("It was sent already, and is taken back now."),
            "deleted": words.gettext("You have taken this answer back already."),
        }
        await self._answers.answer_tap(tap, texts.get(result) or why_not_changed(result, words))
        await self._answers.delete_by_id(chat_id, tap.message.message_id)

    async def again(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """The button below the word that an answer failed."""
        if tap.message is None:
            return
        chat_id = ChatId(tap.message.chat.id)
        result = await self._replies.change(
            "again", OperatorId(tap.from_user.id), chat_id, tapped.number, update_id=update_id
        )
        _log.info("reply.again", operator=tap.from_user.id, result=result)
        if result in {"again", "not_failed"}:
            is_sent = result == "again"
            text = words.gettext("Sent again") if is_sent else words.gettext("It was sent already.")
            await self._answers.answer_tap(tap, text)
            await self._answers.delete_by_id(chat_id, tap.message.message_id)
        else:
            await self._answers.answer_tap(tap, why_not_changed(result, words))

    async def _say_why_not(self, incoming: Incoming, why: str, about: int) -> None:
        if why:
            text = incoming.words.gettext("The change did not reach the customer")
            said = words_of(incoming) if incoming.is_edit else ""
            await self._answers.answer(incoming, f"{said}{text}\n\n{why}", reply_to=about)
