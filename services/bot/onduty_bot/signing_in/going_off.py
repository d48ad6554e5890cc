"""`/off`, and blocking the bot, which is the same without a word."""

import structlog
from telegram import ChatMemberUpdated

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Heard
from onduty_bot.conversations.context import Listed, Remembering
from onduty_bot.conversations.delegation import HandingOver
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster

_log = structlog.get_logger()


class GoingOff:
    """Takes operators off duty; the same update twice is answered the same."""

    def __init__(
        self,
        roster: Roster,
        answers: Answers,
        handing_over: HandingOver,
        remembering: Remembering,
    ) -> None:
        self._roster = roster
        self._answers = answers
        self._handing_over = handing_over
        self._remembering = remembering

    async def off(self, heard: Heard) -> None:
        """`/off`: also ends a login under way; what they hold can be handed over."""
        was = await self._roster.sign_out(heard.operator_id, update_id=heard.update_id)
        if was:
            _log.info("operator.signed_out", operator=was.id, group=was.group, reason="off")
            text = heard.words.gettext("You've stopped receiving messages")
            again = heard.words.gettext("Send /on to start again.")
        else:
            text = heard.words.gettext("You are not an operator anyway")
            again = heard.words.gettext("Send /on to start receiving messages.")
        held = await self._handing_over.held(heard.operator_id, heard.words) or Listed(again)
        if said := await self._answers.answer(heard, f"{text}\n\n{held.text}", held.buttons):
            await self._remembering.keep(heard.chat_id, said, held.conversations)

    async def membership(self, update_id: int, changed: ChatMemberUpdated) -> None:
        """Somebody blocked or unblocked the bot in their private chat."""
        if changed.new_chat_member.status != changed.new_chat_member.BANNED:
            return
        operator_id = OperatorId(changed.from_user.id)
        if was := await self._roster.sign_out(operator_id, "blocked", update_id=update_id):
            _log.info("operator.signed_out", operator=was.id, group=was.group, reason="blocked")
