"""`/queue` and `/mine`: what waits, and what the operator holds, page by page."""

from collections.abc import Collection

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.button_data import ASK_PRIORITY, SHOW, ButtonData, keyboard
from onduty_bot.conversations.context import Context, Listed
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.conversations.rows import row_line
from onduty_desk.conversations.lists import ROWS_A_PAGE, Lists, Page, Which
from onduty_desk.conversations.ownership import Conversations, Shown, ShowResult
from onduty_desk.model.keys import OperatorId
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name


class Listing:
    """Shows lists, and sends the card of a row to the bottom of the chat.

    Off duty an admin sees what waits in all groups, but gets no cards: there a number leads to how
    urgent that customer is.

    A button carries only a number; whether its card may be shown is decided at the tap.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, built in service.py
        self,
        lists: Lists,
        conversations: Conversations,
        answers: Answers,
        delegation: Delegation,
        context: Context,
        *,
        admin_ids: Collection[int],
        groups: Collection[str],
    ) -> None:
        self._admin_ids = admin_ids
        self._groups = groups
        self._lists = lists
        self._conversations = conversations
        self._answers = answers
        self._delegation = delegation
        self._context = context

    async def queue(self, incoming: Incoming) -> None:
        """`/queue`: what waits in the operator's group."""
        await self._answer(incoming, "queue")

    async def mine(self, incoming: Incoming) -> None:
        """`/mine`: what the operator holds; off duty too."""
        await self._answer(incoming, "mine")

    async def _answer(self, incoming: Incoming, which: Which) -> None:
        shown = await self._page(which, incoming.operator_id, 1, incoming.words)
        if shown is None:
            text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(incoming, text)
        elif message_id := await self._answers.answer(incoming, shown.text, shown.buttons):
            await self._context.keep(incoming.chat_id, message_id, shown.conversations)

    async def send(self, update_id: int, tap: CallbackQuery, which: Which, words: Words) -> None:
        """Send what the command sends, to whoever tapped; once for each tap."""
        operator_id = OperatorId(tap.from_user.id)
        shown = await self._page(which, operator_id, 1, words)
        if shown is None:
            text = words.gettext("You are off duty. Send /on to start.")
            await self._answers.answer_tap(tap, text)
            return
        await self._answers.answer_tap(tap, "")
        message_id = await self._answers.send_once(
            operator_id, str(update_id), shown.text, shown.buttons
        )
        if message_id:
            await self._context.keep(operator_id, message_id, shown.conversations)

    async def turn(self, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        """Replace the page by another one, with the current content."""
        which: Which = "mine" if tapped.verb == "mine" else "queue"
        shown = await self._page(which, OperatorId(tap.from_user.id), tapped.number, words)
        if shown is None:
            text = words.gettext("You are off duty. Send /on to start.")
            await self._answers.answer_tap(tap, text)
            await self._answers.set_keyboard(tap)
            return
        await self._answers.answer_tap(tap, "")
        await self._context.keep_tapped(tap, shown.conversations)
        await self._answers.edit(tap, shown.text, shown.buttons)

    async def _page(
        self, which: Which, operator_id: OperatorId, number: int, words: Words
    ) -> Listed | None:
        """Return a page; off duty what is held, to be delegated, since no card can be sent."""
        off_duty = self._groups if operator_id in self._admin_ids else ()
        page = await self._lists.page(which, operator_id, number, off_duty=off_duty)
        if page is None:
            return None
        is_off_duty = not page.is_on_duty and which == "mine"
        if is_off_duty and (held := await self._delegation.held(operator_id, words)):
            return held
        conversations = tuple(row.conversation_id for row in page.rows)
        return Listed(listed(which, page, words), _buttons(which, page), conversations)

    async def show(
        self,
        update_id: int,
        tap: CallbackQuery,
        row: int,
        words: Words,
        *,
        is_any: bool = False,
    ) -> None:
        """Send the card of a row; with `is_any` also a colleague's, or a closed one."""
        rows = await self._context.of(tap) or ()
        if not 1 <= row <= len(rows):
            text = words.gettext("This list is too old; send /queue or /mine again.")
            if is_any:
                text = words.gettext("This list is too old; send /find again.")
            await self._answers.answer_tap(tap, text)
            await self._answers.set_keyboard(tap)
            return
        shown = await self._conversations.show_card(
            rows[row - 1], OperatorId(tap.from_user.id), update_id=update_id, is_any=is_any
        )
        await self._answers.answer_tap(tap, result_of(shown, words))


def result_of(shown: Shown, words: Words) -> str:
    """Return what came of asking for a card."""
    texts: dict[ShowResult, str] = {
        "shown": words.gettext("Here it comes"),
        "unknown": words.gettext("This conversation is not there any more"),
        "off_duty": words.gettext("You are off duty. Send /on to start."),
        "other_group": words.gettext("This is another group's conversation"),
        "is_closed": words.gettext("This conversation is closed"),
        "taken": words.gettext("{name} is answering"),
    }
    return texts[shown.result].format(name=short_name(shown.name))


def listed(which: Which, page: Page, words: Words) -> str:
    """Return the text of a page."""
    if not page.rows:
        if which == "queue":
            return words.gettext("Nobody waits.")
        return words.gettext("You are answering nobody.")
    if which == "queue":
        head = words.ngettext("{count} customer waits", "{count} customers wait", page.total)
    else:
        head = words.ngettext(
            "You are answering {count} customer", "You are answering {count} customers", page.total
        )
    first = (page.page - 1) * ROWS_A_PAGE + 1
    rows = [
        row_line(number, row, words, which, names_group=page.groups > 1)
        for number, row in enumerate(page.rows, first)
    ]
    parts = [head.format(count=page.total), *rows]
    if which == "queue" and not page.is_on_duty:
        parts.append(words.gettext("A number: how urgent that customer is. To answer, send /on."))
    return "\n\n".join(parts)


def _buttons(which: Which, page: Page) -> InlineKeyboardMarkup | None:
    first = (page.page - 1) * ROWS_A_PAGE
    verb = SHOW if page.is_on_duty else ASK_PRIORITY
    numbers = range(1, len(page.rows) + 1) if page.is_on_duty or which == "queue" else ()
    rows = [(f"{first + n}", f"{verb}:{n}") for n in numbers]
    before = [("◀️", f"{which}:{page.page - 1}")] if page.page > 1 else []
    after = [("▶️", f"{which}:{page.page + 1}")] if page.page < page.pages else []
    return keyboard(rows, [*before, *after])
