"""`/pause`, and the ways back: again, `/on`, a tap on the board, or the end of the time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import structlog
from telegram import CallbackQuery

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.commanded import number_behind
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.news import News
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.context import Context, Listed
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_desk.availability.pauses import Back, OffDuty, Paused, Pauses
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import Words, words
from onduty_desk.texts.times import clock

MOST_MINUTES = 24 * 60

_log = structlog.get_logger()


class Pausing:
    """Lets operators pause and come back; a repeated update gets the same answer."""

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators, built in service.py
        self,
        pauses: Pauses,
        answers: Answers,
        backlogs: Backlogs,
        delegation: Delegation,
        context: Context,
        signing_in: SigningIn,
        *,
        zone: ZoneInfo,
    ) -> None:
        self._pauses = pauses
        self._answers = answers
        self._backlogs = backlogs
        self._delegation = delegation
        self._context = context
        self._signing_in = signing_in
        self._zone = zone

    async def pause(self, incoming: Incoming) -> None:
        """`/pause`, `/pause 20`; while one is paused, `/pause` ends it."""
        _, _, wanted = incoming.text.partition(" ")
        wanted = wanted.strip()
        minutes = number_behind(wanted, MOST_MINUTES)
        if wanted and minutes is None:
            text = incoming.words.gettext(
                "Send /pause with minutes from 1 to {most}, for example /pause 20, or without, "
                "until you send /pause again."
            )
            await self._answers.answer(incoming, text.format(most=MOST_MINUTES))
            return
        lasting = timedelta(minutes=minutes) if minutes else None
        done = await self._pauses.pause(
            incoming.operator_id, update_id=incoming.update_id, lasting=lasting
        )
        match done:
            case Paused():
                await self._say_paused(incoming, done)
            case Back():
                await self._greet(incoming)
            case OffDuty():
                text = incoming.words.gettext(
                    "You are off duty. Send /on to start receiving messages."
                )
                await self._answers.answer(incoming, text)
            case _:
                assert_never(done)

    async def on(self, incoming: Incoming) -> None:
        """`/on`: of somebody who is paused the end of it; of all others the way on duty."""
        came = await self._pauses.come_back(incoming.operator_id, update_id=incoming.update_id)
        if came == "back":
            await self._greet(incoming)
        else:
            await self._signing_in.on(incoming)

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """The board's button: back, with what waits."""
        operator_id = OperatorId(tap.from_user.id)
        came = await self._pauses.come_back(operator_id, update_id=update_id)
        if came == "off_duty":
            await self._answers.answer_tap(
                tap, words.gettext("You are off duty. Send /on to start.")
            )
            return
        await self._answers.answer_tap(tap, words.gettext("You are back"))
        if came == "back":
            _log.info("operator.came_back", operator=operator_id)
            await self._backlogs.greet_in(operator_id, update_id, _back(words), words)

    async def _say_paused(self, incoming: Incoming, paused: Paused) -> None:
        words = incoming.words
        _log.info("operator.paused", operator=incoming.operator_id, until=str(paused.until or "-"))
        text = words.gettext(
            "You are paused: you stay on duty, and nothing rings here. Send /on to go on."
        )
        if paused.until:
            text = words.gettext(
                "You are paused until {time}: you stay on duty, and nothing rings here. Send /on "
                "to go on sooner."
            ).format(time=clock(paused.until, self._zone))
        held = await self._delegation.held(incoming.operator_id, words)
        if held:
            text += "\n\n" + words.gettext("Nobody asks you about the customers whom you keep.")
        shown = Listed(f"{text}\n\n{held.text}", held.buttons, held.conversations) if held else None
        shown = shown or Listed(text)
        if message_id := await self._answers.answer(incoming, shown.text, shown.buttons):
            await self._context.keep(incoming.chat_id, message_id, shown.conversations)

    async def _greet(self, incoming: Incoming) -> None:
        _log.info("operator.came_back", operator=incoming.operator_id)
        await self._backlogs.greet(incoming, _back(incoming.words))

    def news(self, roster: Roster) -> list[News[tuple[OperatorId, str]]]:
        """Whose time has run out is told, with a ring, what waits.

        And whoever was paused because they missed what they were asked, that they are.
        """

        def name(one: tuple[OperatorId, str]) -> str:
            return f"{one[0]}:pause"

        async def over() -> Iterable[tuple[OperatorId, str]]:
            return (await self._pauses.over()).items()

        async def for_missing() -> Iterable[tuple[OperatorId, str]]:
            return (await self._pauses.for_missing()).items()

        return [
            News(
                what="pause.end",
                waiting=over,
                name=name,
                send=lambda one: self._tell_of_end(roster, *one),
                mark_told=lambda one: self._pauses.mark_told(one[0]),
            ),
            News(
                what="pause",
                waiting=for_missing,
                name=name,
                send=lambda one: self._tell_of_missing(roster, *one),
                mark_told=lambda one: self._pauses.mark_told_of_missing(one[0]),
            ),
        ]

    async def _tell_of_end(self, roster: Roster, operator_id: OperatorId, when: str) -> None:
        if operator := await roster.find(operator_id):
            catalogue = words(operator.language)
            text = catalogue.gettext("Your pause is over: you receive messages again.")
            await self._backlogs.greet_in(operator_id, f"pause:{when}", text, catalogue)

    async def _tell_of_missing(self, roster: Roster, operator_id: OperatorId, when: str) -> None:
        if operator := await roster.find(operator_id):
            text = words(operator.language).gettext(
                "You have not answered two customers in a row whom you were asked to take, so you "
                "are paused: they were offered to others, and nothing rings here. Send /on to go "
                "on."
            )
            await self._answers.send_once(operator_id, f"{operator_id}:missed:{when}", text)


def _back(words: Words) -> str:
    return words.gettext("You are back: you receive messages again.")
