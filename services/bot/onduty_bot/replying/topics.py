"""`/topics`, and what `/start` means for topics: whether customers are answered in them."""

from collections.abc import Awaitable, Callable

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_desk.roster.operators import Roster
from onduty_desk.topics.topics import WHERE, Topics

_log = structlog.get_logger()


class TopicsOnPhone:
    """Switches topics for one's own phone; a repeated update changes nothing more."""

    def __init__(
        self, topics: Topics, roster: Roster, answers: Answers, *, is_wanted: bool
    ) -> None:
        self._topics = topics
        self._roster = roster
        self._answers = answers
        self._is_wanted = is_wanted
        """Not with ONDUTY_TOPICS=off."""

    async def topics(self, incoming: Incoming) -> None:
        """`/topics`, `/topics on`, `/topics off`."""
        _, _, wanted = incoming.text.partition(" ")
        await self._answers.answer(incoming, await self._answer(incoming, wanted.strip().lower()))

    async def _answer(self, incoming: Incoming, wanted: str) -> str:
        words = incoming.words
        if not await self._roster.find(incoming.operator_id):
            return words.gettext("You are off duty. Send /on to start receiving messages.")
        if not self._is_wanted or not await self._topics.are_enabled():
            text = words.gettext(
                "This bot has no topics: to answer a customer, reply to their message here."
            )
            if self._is_wanted:
                where = words.gettext("Whoever owns the bot can switch them on: {where}.")
                text = f"{text}\n\n{where.format(where=WHERE)}"
            return text
        if wanted in {"on", "off"}:
            await self._topics.switch(incoming.chat_id, "on" if wanted == "on" else "off")
            _log.info("operator.topics_set", operator=incoming.operator_id, to=wanted)
        if await self._topics.are_off(incoming.chat_id):
            return words.gettext(
                "Customers come here, and you answer by replying to their message. /topics on "
                "gives each whom you take a topic."
            )
        return words.gettext(
            "Each customer whom you take gets a topic: what you write there is the answer. "
            "/topics off switches that off on your phone."
        )

    def starting(
        self, start: Callable[[Incoming], Awaitable[None]]
    ) -> Callable[[Incoming], Awaitable[None]]:
        """Return a handler of `/start`: some apps offer it after a history was cleared."""
        if not self._is_wanted:
            return start

        async def handle(incoming: Incoming) -> None:
            await self._topics.check(incoming.chat_id)
            await start(incoming)

        return handle
