"""Which way a private text goes: a note, a colleague, a customer, /find, or signing in."""

from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.finding import Finding
from onduty_bot.conversations.passing import Passing
from onduty_bot.conversations.writing import Writing
from onduty_bot.noting.noting import Noting
from onduty_bot.replying.changing import Changing
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_desk.roster.logins import MeantFor, NotAsked, OnDuty


class PrivateTexts:
    """One atomic verdict for each text; the same update once more goes the same way."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        signing_in: SigningIn,
        writing: Writing,
        finding: Finding,
        passing: Passing,
        changing: Changing,
        noting: Noting,
    ) -> None:
        self._signing_in = signing_in
        self._writing = writing
        self._finding = finding
        self._passing = passing
        self._changing = changing
        self._noting = noting

    async def hear(self, incoming: Incoming) -> None:
        """An operator on duty looks for or writes to a customer; others may be signing in."""
        is_phrase = incoming.phrase is not None or incoming.exposes
        if not is_phrase and await self._noting.heard(incoming):
            return
        if not is_phrase and await self._passing.answered(incoming):
            return
        if not is_phrase and await self._changing.edited(incoming):
            return
        if not is_phrase and incoming.glance.is_answer and not incoming.glance.is_find_answer:
            await self._writing.text(incoming)
            return
        meant_for = await self._meant_for(incoming)
        verdict = await self._signing_in.judge(incoming, meant_for)
        if isinstance(verdict, OnDuty) and not is_phrase:
            if not await self._finding.answered(incoming):
                await self._writing.text(incoming)
        elif isinstance(verdict, NotAsked) and meant_for == "card":
            await self._writing.reply_off_duty(incoming)
        else:
            await self._signing_in.act_on(incoming, verdict)

    async def _meant_for(self, incoming: Incoming) -> MeantFor:
        if await self._writing.is_reply_to_card(incoming):
            return "card"
        return "find" if incoming.glance.is_find_answer else ""
