"""Delegation at `/off`: what an operator holds is released, passed or closed by one tap."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import assert_never

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.conversations.button_data import (
    CLOSE_ROW,
    DELEGATE_TO,
    RELEASE_ALL,
    ButtonData,
    keyboard,
)
from onduty_bot.conversations.context import Context, Listed
from onduty_bot.conversations.rows import row_line
from onduty_desk.conversations.lists import Lists, Page
from onduty_desk.conversations.ownership import Conversations, DelegationOutcome
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.roster.operators import Operator, Roster
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

MOST_SHOWN = 10
CLOSES_A_ROW = 5
MOST_HELD = 200
"""More than anybody answers at once; all of it is delegated, not only what is shown."""

MOST_COLLEAGUES = 30
"""The least busy first; a longer list is hard to use on a phone."""


class Delegation:
    """Shows what is held, and delegates it. Without a tap the leases end."""

    def __init__(
        self,
        lists: Lists,
        conversations: Conversations,
        roster: Roster,
        answers: Answers,
        context: Context,
    ) -> None:
        self._lists = lists
        self._conversations = conversations
        self._roster = roster
        self._answers = answers
        self._context = context

    async def held(
        self,
        operator_id: OperatorId,
        words: Words,
        numbered: tuple[ConversationId, ...] = (),
        *,
        groups: Collection[str] = (),
    ) -> Listed | None:
        """Return what an operator holds, with buttons to delegate it; None if it is nothing.

        With `groups` only what they hold of these.
        Conversations that the message has `numbered` already keep their numbers and places, so that
        a second tap on Close closes no other conversation.
        """
        held = await self._lists.page("mine", operator_id, rows=MOST_HELD)
        if held is not None and groups:
            rows = tuple(row for row in held.rows if row.group in groups)
            held = replace(held, rows=rows, total=len(rows))
        if held is None or not held.rows:
            return None
        new = [row.conversation_id for row in held.rows if row.conversation_id not in numbered]
        conversations = (*numbered, *new)
        numbers = [conversations.index(row.conversation_id) + 1 for row in held.rows]
        return Listed(
            _held(held, numbers, words),
            await self._buttons(operator_id, held, numbers, words),
            conversations,
        )

    async def release(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Release the conversations of the message."""
        these = await self._these(tap, words)
        if these is not None:
            operator_id = OperatorId(tap.from_user.id)
            done = await self._conversations.release_all(operator_id, these, update_id=update_id)
            await self._show_result(tap, _done(done, words), these, words)

    async def delegate(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Ask a colleague to take those of the message, if they are still available."""
        these = await self._these(tap, words)
        if these is not None:
            operator_id, to = OperatorId(tap.from_user.id), OperatorId(tapped.number)
            done = await self._conversations.pass_all(operator_id, to, these, update_id=update_id)
            await self._show_result(tap, _done(done, words), these, words)

    async def close_row(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Close the conversation with this number; the others keep theirs."""
        these = await self._these(tap, words)
        if these is not None:
            one = these[max(0, tapped.number - 1) : tapped.number]
            operator_id = OperatorId(tap.from_user.id)
            done = await self._conversations.close_all(operator_id, one, update_id=update_id)
            text = words.gettext("You are not answering this customer any more")
            text = words.gettext("Closed") if done.result == "closed" else text
            await self._show_result(tap, text, these, words, numbered=these)

    async def _these(self, tap: CallbackQuery, words: Words) -> tuple[ConversationId, ...] | None:
        these = await self._context.of(tap)
        if these is None:
            text = words.gettext("This list is too old; send /queue or /mine again.")
            await self._answers.answer_tap(tap, text)
            await self._answers.set_keyboard(tap)
        return these

    async def _show_result(
        self,
        tap: CallbackQuery,
        text: str,
        these: tuple[ConversationId, ...],
        words: Words,
        numbered: tuple[ConversationId, ...] = (),
    ) -> None:
        """Show the result; what is still held can be delegated with the buttons again."""
        await self._answers.answer_tap(tap, text)
        if not these:
            return  # a repeated tap on a list that is empty: its text stays
        operator_id, groups = OperatorId(tap.from_user.id), await self._lists.groups_of(these)
        left = await self.held(operator_id, words, numbered, groups=groups)
        if left is None:
            if await self._roster.find(operator_id) is None:
                text += "\n\n" + words.gettext("Send /on to start again.")
            await self._answers.edit(tap, text)
        else:
            await self._answers.edit(tap, f"{text}\n\n{left.text}", left.buttons)
        await self._context.keep_tapped(tap, left.conversations if left else ())

    async def _buttons(
        self, operator_id: OperatorId, held: Page, numbers: Sequence[int], words: Words
    ) -> InlineKeyboardMarkup | None:
        rows = [[(words.gettext("Release all"), RELEASE_ALL)]]
        for colleague in await self._colleagues(operator_id, held):
            name = short_name(colleague.name)
            text = words.gettext("Pass to {name}").format(name=name)
            rows.append([(text, f"{DELEGATE_TO}:{colleague.id}")])
        return keyboard(*rows, *_closes(numbers, words))

    async def _colleagues(self, operator_id: OperatorId, held: Page) -> list[Operator]:
        groups = {row.group for row in held.rows}
        on_duty = await self._roster.on_duty(groups)
        others = [one for one in on_duty if one.id != operator_id and one.is_available]
        load = await self._lists.held([one.id for one in others])
        return sorted(others, key=lambda one: load[one.id])[:MOST_COLLEAGUES]


def _closes(numbers: Sequence[int], words: Words) -> list[list[tuple[str, str]]]:
    """Return a button for each of the first numbers; a closed one keeps its place, with a tick.

    If all of the first are closed there are no buttons: /mine numbers the others again from 1.
    """
    if min(numbers) > MOST_SHOWN:
        return []
    places = range(1, min(MOST_SHOWN, max(numbers)) + 1)
    close = words.gettext("Close {number}")
    buttons = [
        (close.format(number=n) if n in numbers else "✓", f"{CLOSE_ROW}:{n}") for n in places
    ]
    return [buttons[n : n + CLOSES_A_ROW] for n in range(0, len(buttons), CLOSES_A_ROW)]


def _held(held: Page, numbers: Sequence[int], words: Words) -> str:
    head = words.ngettext(
        "You are still answering {count} customer:",
        "You are still answering {count} customers:",
        held.total,
    ).format(count=held.total)
    shown = held.rows[:MOST_SHOWN]
    rows = [
        row_line(number, row, words, "mine") for number, row in zip(numbers, shown, strict=False)
    ]
    if more := held.total - len(shown):
        rows.append(words.ngettext("and {more} more", "and {more} more", more).format(more=more))
    until = words.gettext(
        "You can hand them over now. One whom you keep goes to the others when they write again, "
        "or when they have waited too long for your answer."
    )
    return "\n\n".join([head, *rows, until])


def _done(done: DelegationOutcome, words: Words) -> str:
    match done.result:
        case "released":
            text = words.ngettext(
                "Released {count}: the others are told",
                "Released {count}: the others are told",
                done.count,
            )
        case "released_alone":
            text = words.ngettext(
                "Released {count}: it waits, nobody else is on duty",
                "Released {count}: they wait, nobody else is on duty",
                done.count,
            )
        case "passed":
            text = words.ngettext(
                "{name} is asked to take {count} customer: if they do not, it waits for everyone",
                "{name} is asked to take {count} customers: what they do not, waits for everyone",
                done.count,
            )
        case "closed":
            text = words.gettext("Closed")
        case "unavailable":
            text = words.gettext("They are not available any more. Choose again.")
        case "full":
            text = words.gettext("{name} has no room for more customers. Choose somebody else.")
        case "nothing":
            text = words.gettext("You are answering none of them any more")
        case _:
            assert_never(done.result)
    return text.format(count=done.count, name=short_name(done.to))
