"""Tells operators whose customer has gone elsewhere while they were about to write a note."""

import asyncio
from datetime import timedelta

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_bot.conversations.button_data import NOTE_CANCEL, keyboard
from onduty_bot.noting.noting import Noting
from onduty_desk.model.roster_keys import telling_key
from onduty_desk.noting.notes import Notebook, Over
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import words

_MOST_A_LOOK = 20
_PAUSE_S = 1.0
_LEASE = timedelta(seconds=30)

_log = structlog.get_logger()


class Ending:
    """Any number of bots may tell concurrently; each end is told once as far as possible."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        redis: Redis,
        notebook: Notebook,
        noting: Noting,
        roster: Roster,
        answers: Answers,
        language: str,
    ) -> None:
        self._redis = redis
        self._notebook = notebook
        self._noting = noting
        self._roster = roster
        self._answers = answers
        self._language = language

    async def run(self, outage: Outage, token: TokenWatch) -> None:
        """Tell of each end; never returns."""
        while True:
            await token.wait_until_good()
            with outage.reported():
                for over in await self._notebook.over(_MOST_A_LOOK):
                    telling = telling_key(f"note:{over.operator_id}")
                    if await self._redis.set(telling, "1", nx=True, px=_LEASE):
                        await self._tell(over)
                        await self._redis.delete(telling)
            await asyncio.sleep(_PAUSE_S)

    async def _tell(self, over: Over) -> None:
        if over.conversation_id:
            try:
                await self._send(over)
            except TelegramAway as away:
                _log.warning("note.end_not_told_yet", reason=str(away))
                return
            except AnswerRefused as refused:
                _log.error("note.end_not_told", reason=str(refused))
        await self._notebook.mark_told(over)

    async def _send(self, over: Over) -> None:
        operator = await self._roster.find(over.operator_id)
        catalogue = words(operator.language if operator else self._language)
        text = catalogue.gettext(
            "📝 No note about {customer}: they are not yours any more. So that nothing slips to a "
            "customer, your next message goes to nobody, unless you tap OK first."
        ).format(customer=await self._noting.customer(over.conversation_id, catalogue))
        told = await self._answers.send_once(
            over.chat_id,
            f"note-over:{over.operator_id}:{over.since_ms}",
            text,
            keyboard([(catalogue.gettext("OK"), f"{NOTE_CANCEL}:0")]),
        )
        if told:
            before = await self._notebook.asked(over.operator_id, over.conversation_id, told)
            if before:
                await self._answers.delete_by_id(over.chat_id, before)
