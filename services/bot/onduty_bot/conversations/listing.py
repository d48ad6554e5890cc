"""`/queue` and `/mine`: what waits, and what one holds, page by page."""

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Heard
from onduty_bot.conversations.buttons import SHOW, Tapped, keyboard
from onduty_bot.conversations.context import Listed, Remembering
from onduty_bot.conversations.delegation import HandingOver
from onduty_bot.conversations.rows import row_line
from onduty_desk.conversations.lists import ROWS_A_PAGE, Lists, Page, Which
from onduty_desk.conversations.ownership import Conversations, ShowResult
from onduty_desk.model.keys import OperatorId
from onduty_desk.texts import Words
from onduty_desk.texts.outside import short_name


class Listing:
    """Shows lists, and sends the card of a row to the bottom of the chat.

    A button carries nothing but a number; whether its card may be shown is decided anew.
    """

    def __init__(
        self,
        lists: Lists,
        conversations: Conversations,
        answers: Answers,
        handing_over: HandingOver,
        remembering: Remembering,
    ) -> None:
        self._lists = lists
        self._conversations = conversations
        self._answers = answers
        self._handing_over = handing_over
        self._remembering = remembering

    async def queue(self, heard: Heard) -> None:
        """`/queue`: what waits in the operator's group."""
        await self._answer(heard, "queue")

    async def mine(self, heard: Heard) -> None:
        """`/mine`: what the operator holds; off duty too."""
        await self._answer(heard, "mine")

    async def _answer(self, heard: Heard, which: Which) -> None:
        shown = await self._page(which, heard.operator_id, 1, heard.words)
        if shown is None:
            text = heard.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(heard, text)
        elif said := await self._answers.answer(heard, shown.text, shown.buttons):
            await self._remembering.keep(heard.chat_id, said, shown.conversations)

    async def turn(self, tap: CallbackQuery, tapped: Tapped, told: Words) -> None:
        """Show another page in place, as it is by now."""
        which: Which = "mine" if tapped.verb == "mine" else "queue"
        shown = await self._page(which, OperatorId(tap.from_user.id), tapped.number, told)
        if shown is None:
            text = told.gettext("You are off duty. Send /on to start.")
            await self._answers.answer_tap(tap, text)
            await self._answers.strip(tap)
            return
        await self._answers.answer_tap(tap, "")
        await self._remembering.keep_tapped(tap, shown.conversations)
        await self._answers.rewrite(tap, shown.text, shown.buttons)

    async def _page(
        self, which: Which, operator_id: OperatorId, number: int, told: Words
    ) -> Listed | None:
        """Off duty, no card can be sent; what is held can still be handed over."""
        page = await self._lists.page(which, operator_id, number)
        if page is None:
            return None
        if not page.is_on_duty and (held := await self._handing_over.held(operator_id, told)):
            return held
        conversations = tuple(row.conversation_id for row in page.rows)
        return Listed(listed(which, page, told), _buttons(which, page), conversations)

    async def show(self, update_id: int, tap: CallbackQuery, row: int, told: Words) -> None:
        """Send the card of a row."""
        rows = await self._remembering.of(tap) or ()
        if not 1 <= row <= len(rows):
            text = told.gettext("This list is too old; send /queue or /mine again.")
            await self._answers.answer_tap(tap, text)
            await self._answers.strip(tap)
            return
        shown = await self._conversations.show_card(
            rows[row - 1], OperatorId(tap.from_user.id), update_id=update_id
        )
        texts: dict[ShowResult, str] = {
            "shown": told.gettext("Here it comes"),
            "unknown": told.gettext("This conversation is not there any more"),
            "off_duty": told.gettext("You are off duty. Send /on to start."),
            "other_group": told.gettext("This is another group's conversation"),
            "is_closed": told.gettext("This conversation is closed"),
            "taken": told.gettext("{name} is answering"),
        }
        text = texts[shown.result].format(name=short_name(shown.name))
        await self._answers.answer_tap(tap, text)


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
