"""The board's buttons, and the bubble that says that it was pinned."""

from telegram import CallbackQuery, Message

from onduty_bot.answering.answers import Answers
from onduty_bot.conversations.listing import Listing
from onduty_desk.boards.boards import Boards
from onduty_desk.boards.buttons import BOARD_QUEUE
from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot
from onduty_desk.texts import Words


class BoardTaps:
    """Answers a tap with the list that the command sends."""

    def __init__(self, boards: Boards, listing: Listing, answers: Answers, bot: Bot) -> None:
        self._boards = boards
        self._listing = listing
        self._answers = answers
        self._bot = bot

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Send the list; a board whose send had no answer is known now, and deleted."""
        await self._listing.send(
            update_id, tap, "queue" if tap.data == BOARD_QUEUE else "mine", words
        )
        if tap.message is None:
            return
        chat_id, message_id = tap.message.chat.id, tap.message.message_id
        if await self._boards.is_left_behind(ChatId(chat_id), message_id):
            await self._answers.delete_by_id(chat_id, message_id)

    async def pinned(self, message: Message) -> None:
        """Delete the bubble about a pin of ours; what somebody pins is theirs."""
        if message.from_user and message.from_user.id == self._bot.id:
            await self._answers.delete(message)
