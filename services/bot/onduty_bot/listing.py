"""`/queue` and `/mine`: what waits, and what one holds, page by page."""

import json
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answers import Answers
from onduty_bot.buttons import Tapped, keyboard
from onduty_bot.handing_over import HandingOver
from onduty_bot.heard import Heard
from onduty_bot.rows import MOST_OF_A_NAME, row_line
from onduty_desk.conversations import Conversations, ShowResult
from onduty_desk.keys import ChatId, ConversationId, OperatorId, list_key
from onduty_desk.lists import ROWS_A_PAGE, Lists, Page, Which
from onduty_desk.outside import one_line
from onduty_desk.texts import Words

SHOW = "show"
REMEMBERED = timedelta(days=1)


class Listing:
    """Shows lists, and sends the card of a row to the bottom of the chat.

    What the rows are is kept by the message that shows them, so that a button carries nothing but a
    number; whether its card may be shown is decided anew.
    """

    def __init__(
        self,
        redis: Redis,
        lists: Lists,
        conversations: Conversations,
        answers: Answers,
        handing_over: HandingOver,
    ) -> None:
        self._redis = redis
        self._lists = lists
        self._conversations = conversations
        self._answers = answers
        self._handing_over = handing_over

    async def queue(self, heard: Heard) -> None:
        """`/queue`: what waits in the operator's group."""
        await self._answer(heard, "queue")

    async def mine(self, heard: Heard) -> None:
        """`/mine`: what the operator holds; off duty too."""
        await self._answer(heard, "mine")

    async def _answer(self, heard: Heard, which: Which) -> None:
        page = await self._lists.page(which, heard.operator_id)
        if page is None:
            text = heard.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(heard, text)
            return
        text, buttons = await self._shown(which, page, heard.operator_id, heard.words)
        if said := await self._answers.answer(heard, text, buttons):
            await self._remember(heard.chat_id, said, page)

    async def turn(self, tap: CallbackQuery, tapped: Tapped, told: Words) -> None:
        """Show another page in place, as it is by now."""
        which: Which = "mine" if tapped.verb == "mine" else "queue"
        page = await self._lists.page(which, OperatorId(tap.from_user.id), tapped.number)
        if page is None:
            text = told.gettext("You are off duty. Send /on to start.")
            await self._answers.answer_tap(tap, text)
            await self._answers.strip(tap)
            return
        await self._answers.answer_tap(tap, "")
        if tap.message is not None:
            chat_id = ChatId(tap.message.chat.id)
            await self._remember(chat_id, tap.message.message_id, page)
            operator_id = OperatorId(tap.from_user.id)
            await self._answers.rewrite(tap, *await self._shown(which, page, operator_id, told))

    async def _shown(
        self, which: Which, page: Page, operator_id: OperatorId, told: Words
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        """Off duty, no card can be sent; what is held can still be handed over."""
        if page.rows and not page.is_on_duty:
            return await self._handing_over.told(operator_id, told)
        return listed(which, page, told), _buttons(which, page)

    async def show(self, update_id: int, tap: CallbackQuery, row: int, told: Words) -> None:
        """Send the card of a row."""
        conversation_id = await self._conversation(tap, row)
        if conversation_id is None:
            text = told.gettext("This list is too old; send /queue or /mine again.")
            await self._answers.answer_tap(tap, text)
            await self._answers.strip(tap)
            return
        shown = await self._conversations.show_card(
            conversation_id, OperatorId(tap.from_user.id), update_id=update_id
        )
        texts: dict[ShowResult, str] = {
            "shown": told.gettext("Here it comes"),
            "unknown": told.gettext("This conversation is not there any more"),
            "off_duty": told.gettext("You are off duty. Send /on to start."),
            "other_group": told.gettext("This is another group's conversation"),
            "is_closed": told.gettext("This conversation is closed"),
            "taken": told.gettext("{name} is answering"),
        }
        text = texts[shown.result].format(name=one_line(shown.name, MOST_OF_A_NAME))
        await self._answers.answer_tap(tap, text)

    async def _remember(self, chat_id: ChatId, message_id: int, page: Page) -> None:
        rows = json.dumps([row.conversation_id for row in page.rows])
        await self._redis.set(list_key(chat_id, message_id), rows, ex=REMEMBERED)

    async def _conversation(self, tap: CallbackQuery, row: int) -> ConversationId | None:
        if tap.message is None:
            return None
        key = list_key(ChatId(tap.message.chat.id), tap.message.message_id)
        rows = json.loads(cast("str | None", await self._redis.get(key)) or "[]")
        return ConversationId(rows[row - 1]) if 1 <= row <= len(rows) else None


def listed(which: Which, page: Page, told: Words) -> str:
    """Return the text of a page."""
    if not page.rows:
        if which == "queue":
            return told.gettext("Nobody waits.")
        return told.gettext("You are answering nobody.")
    if which == "queue":
        head = told.ngettext("{count} customer waits", "{count} customers wait", page.total)
    else:
        head = told.ngettext(
            "You are answering {count} customer", "You are answering {count} customers", page.total
        )
    first = (page.page - 1) * ROWS_A_PAGE + 1
    rows = [row_line(number, row, told) for number, row in enumerate(page.rows, first)]
    return "\n\n".join([head.format(count=page.total), *rows])


def _buttons(which: Which, page: Page) -> InlineKeyboardMarkup | None:
    first = (page.page - 1) * ROWS_A_PAGE
    rows = [(f"{first + n}", f"{SHOW}:{n}") for n in range(1, len(page.rows) + 1)]
    before = [("◀️", f"{which}:{page.page - 1}")] if page.page > 1 else []
    after = [("▶️", f"{which}:{page.page + 1}")] if page.page < page.pages else []
    return keyboard(rows, [*before, *after])
