"""Which way a text in a private chat goes: to a customer, or into signing in."""

from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.writing import Writing
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_desk.roster.logins import NotAsked, OnDuty


class PrivateTexts:
    """One atomic verdict for each text; the same update once more goes the same way."""

    def __init__(self, signing_in: SigningIn, writing: Writing) -> None:
        self._signing_in = signing_in
        self._writing = writing

    async def hear(self, incoming: Incoming) -> None:
        """An operator on duty writes to a customer; anybody else may be signing in."""
        verdict = await self._signing_in.judge(incoming)
        is_phrase = incoming.phrase is not None or incoming.exposes
        if isinstance(verdict, OnDuty) and not is_phrase:
            await self._writing.text(incoming)
        elif isinstance(verdict, NotAsked) and await self._writing.is_reply_to_card(incoming):
            await self._writing.reply_off_duty(incoming)
        else:
            await self._signing_in.act_on(incoming, verdict)
