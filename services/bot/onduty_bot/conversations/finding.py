"""`/find NAME`: finds customers, open and closed, and brings the card down."""

from datetime import timedelta
from typing import assert_never

from redis.asyncio import Redis
from telegram import CallbackQuery, ForceReply, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.button_data import FOUND, keyboard
from onduty_bot.conversations.context import REMEMBERED, Context
from onduty_bot.conversations.listing import Listing, result_of
from onduty_desk.conversations.finding import Finder, Found, FoundRow
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.model.bot_keys import find_asked_key
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import Words
from onduty_desk.texts.times import lasting
from onduty_desk.texts.untrusted_text import short_name

BUTTONS_A_ROW = 5
_MOST_OF_A_PLACEHOLDER = 64
"""Bot API, ForceReply: input_field_placeholder is 1 to 64 characters."""


class Finding:
    """Answers `/find`. What may be shown is decided when the card is asked for."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        redis: Redis,
        roster: Roster,
        conversations: Conversations,
        listing: Listing,
        answers: Answers,
        context: Context,
    ) -> None:
        self._redis = redis
        self._finder = Finder(redis)
        self._roster = roster
        self._conversations = conversations
        self._listing = listing
        self._answers = answers
        self._context = context

    async def find(self, incoming: Incoming) -> None:
        """`/find NAME`; without a name, ask for it."""
        _, *name = incoming.text.split(maxsplit=1)
        if name:
            await self._find(incoming, *name)
        elif await self._roster.find(incoming.operator_id) is None:
            await self._say_off_duty(incoming)
        else:
            await self._ask(incoming)

    async def answered(self, incoming: Incoming) -> bool:
        """Find what was asked for, if this is a reply to the question; return whether it is."""
        if not incoming.glance.is_find_answer:
            return False
        await self._find(incoming, incoming.text)
        return True

    async def show(self, update_id: int, tap: CallbackQuery, row: int, words: Words) -> None:
        """Send the card of a row that was found."""
        await self._listing.show(update_id, tap, row, words, is_any=True)

    async def _ask(self, incoming: Incoming) -> None:
        words = incoming.words
        text = words.gettext(
            "Whom are you looking for? Send the name, or the first letters of its words."
        )
        placeholder = words.gettext("Name")[:_MOST_OF_A_PLACEHOLDER]
        asking = ForceReply(input_field_placeholder=placeholder)
        if message_id := await self._answers.answer(incoming, text, asking):
            key = find_asked_key(incoming.chat_id, message_id)
            await self._redis.set(key, "1", ex=REMEMBERED)

    async def _find(self, incoming: Incoming, name: str) -> None:
        words = incoming.words
        found = await self._finder.find(incoming.operator_id, name)
        if found is None:
            await self._say_off_duty(incoming)
        elif not found.rows:
            text = words.gettext("Nobody found: no name starts like this.")
            await self._answers.answer(incoming, text)
        elif len(found.rows) == 1 and found.more == 0:
            await self._bring(incoming, found.rows[0])
        elif message_id := await self._answers.answer(incoming, listed(found, words), _rows(found)):
            conversations = [row.conversation_id for row in found.rows]
            await self._context.keep(incoming.chat_id, message_id, conversations)

    async def _bring(self, incoming: Incoming, row: FoundRow) -> None:
        """The card itself is the answer; anything else is said."""
        shown = await self._conversations.show_card(
            row.conversation_id, incoming.operator_id, update_id=incoming.update_id, is_any=True
        )
        if shown.result != "shown":
            text = result_of(shown, incoming.words)
            await self._answers.answer(incoming, text)

    async def _say_off_duty(self, incoming: Incoming) -> None:
        text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
        await self._answers.answer(incoming, text)


def listed(found: Found, words: Words) -> str:
    """Return the text of a list of what was found."""
    count = len(found.rows) + (found.more or 0)
    lines = [_line(number, row, words) for number, row in enumerate(found.rows, 1)]
    head = words.ngettext("{count} found", "{count} found", count).format(count=count)
    if found.more is None:
        head = words.gettext("Too many to show all of them")
        lines.append(words.gettext("These wrote last: type more of the name."))
    elif found.more:
        more = words.ngettext(
            "and {more} more: type more of the name",
            "and {more} more: type more of the name",
            found.more,
        )
        lines.append(more.format(more=found.more))
    return "\n\n".join([head, "\n".join(lines)])


def _line(number: int, row: FoundRow, words: Words) -> str:
    mark = "❗ " if row.is_urgent and row.state == "waiting" else ""
    customer = short_name(row.customer_name, words.gettext("Customer"))
    return f"{number}. {mark}{customer}: {_state(row, words)}"


def _state(row: FoundRow, words: Words) -> str:
    name, wrote = short_name(row.owner_name), _ago(row.wrote_ago, words)
    match row.state:
        case "waiting":
            text = words.gettext("waits {time}")
            return text.format(time=lasting(words, row.waiting))
        case "claimed" if row.is_theirs:
            return words.gettext("yours, last message {ago}").format(ago=wrote)
        case "claimed":
            return words.gettext("{name} is answering, last message {ago}").format(
                name=name, ago=wrote
            )
        case "closed" if row.is_theirs:
            return words.gettext("closed by you, last message {ago}").format(ago=wrote)
        case "closed" if row.owner_name:
            return words.gettext("closed by {name}, last message {ago}").format(
                name=name, ago=wrote
            )
        case "closed":
            return words.gettext("closed, last message {ago}").format(ago=wrote)
        case _:
            assert_never(row.state)


def _ago(time: timedelta, words: Words) -> str:
    return words.gettext("{time} ago").format(time=lasting(words, time))


def _rows(found: Found) -> InlineKeyboardMarkup | None:
    buttons = [(f"{n}", f"{FOUND}:{n}") for n in range(1, len(found.rows) + 1)]
    return keyboard(*(buttons[n : n + BUTTONS_A_ROW] for n in range(0, 10, BUTTONS_A_ROW)))
