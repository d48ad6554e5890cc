"""What an operator holds when they go off duty: shown, and handed over by one tap."""

from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answers import Answers
from onduty_bot.buttons import Tapped, keyboard
from onduty_bot.rows import MOST_OF_A_NAME, row_line
from onduty_desk.conversations import Conversations, HandedOver
from onduty_desk.keys import OperatorId
from onduty_desk.lists import Lists, Page
from onduty_desk.outside import one_line
from onduty_desk.roster import Operator, Roster
from onduty_desk.texts import Words

RELEASE_ALL = "release_all"
HAND_TO = "hand_to"
MOST_SHOWN = 10
MOST_COLLEAGUES = 8


class HandingOver:
    """Tells what is held, and hands it over. Doing nothing lets the leases end."""

    def __init__(
        self, lists: Lists, conversations: Conversations, roster: Roster, answers: Answers
    ) -> None:
        self._lists = lists
        self._conversations = conversations
        self._roster = roster
        self._answers = answers

    async def told(
        self, operator_id: OperatorId, told: Words
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        """Return what an operator holds, with buttons to hand it over; empty if it is nothing."""
        held = await self._lists.page("mine", operator_id, rows=MOST_SHOWN)
        if held is None or not held.rows:
            return "", None
        return _held(held, told), await self._buttons(operator_id, held, told)

    async def release(self, update_id: int, tap: CallbackQuery, told: Words) -> None:
        """Let everything wait for everyone again."""
        done = await self._conversations.release_all(
            OperatorId(tap.from_user.id), update_id=update_id
        )
        await self._tell(tap, done, told)

    async def hand_to(
        self, update_id: int, tap: CallbackQuery, tapped: Tapped, told: Words
    ) -> None:
        """Pass everything to a colleague, if they are on duty by now."""
        operator_id = OperatorId(tap.from_user.id)
        done = await self._conversations.pass_all(
            operator_id, OperatorId(tapped.number), update_id=update_id
        )
        if done.result != "unavailable":
            await self._tell(tap, done, told)
            return
        text = told.gettext("They are off duty by now. Choose again.")
        await self._answers.answer_tap(tap, text)
        left, buttons = await self.told(operator_id, told)
        await self._answers.rewrite(tap, left, buttons)

    async def _tell(self, tap: CallbackQuery, done: HandedOver, told: Words) -> None:
        text = _done(done, told)
        await self._answers.answer_tap(tap, text)
        await self._answers.rewrite(tap, text)

    async def _buttons(
        self, operator_id: OperatorId, held: Page, told: Words
    ) -> InlineKeyboardMarkup | None:
        rows = [[(told.gettext("Release all"), RELEASE_ALL)]]
        for colleague in await self._colleagues(operator_id, held):
            name = one_line(colleague.name, MOST_OF_A_NAME)
            text = told.gettext("Pass to {name}").format(name=name)
            rows.append([(text, f"{HAND_TO}:{colleague.id}")])
        return keyboard(*rows)

    async def _colleagues(self, operator_id: OperatorId, held: Page) -> list[Operator]:
        groups = {row.group for row in held.rows}
        others = [one for one in await self._roster.on_duty(groups) if one.id != operator_id]
        load = await self._lists.held([one.id for one in others])
        return sorted(others, key=lambda one: load[one.id])[:MOST_COLLEAGUES]


def _held(held: Page, told: Words) -> str:
    head = told.ngettext(
        "You are still answering {count} customer:",
        "You are still answering {count} customers:",
        held.total,
    ).format(count=held.total)
    rows = [row_line(number, row, told) for number, row in enumerate(held.rows, 1)]
    if more := held.total - len(held.rows):
        rows.append(told.ngettext("and {more} more", "and {more} more", more).format(more=more))
    until = told.gettext("Hand them over, or they wait for everyone when your time is up.")
    return "\n\n".join([head, *rows, until])


def _done(done: HandedOver, told: Words) -> str:
    match done.result:
        case "released":
            text = told.ngettext(
                "Released {count}: the others are told",
                "Released {count}: the others are told",
                done.count,
            )
        case "passed":
            text = told.ngettext("Passed {count} to {name}", "Passed {count} to {name}", done.count)
        case _:
            text = told.gettext("You are answering nobody any more")
    return text.format(count=done.count, name=one_line(done.to, MOST_OF_A_NAME))
