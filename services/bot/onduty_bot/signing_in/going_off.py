"""`/off`, and blocking the bot, which signs out too."""

import structlog
from telegram import ChatMemberUpdated

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.context import Context, Listed
from onduty_bot.conversations.delegation import Delegation
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster

_log = structlog.get_logger()


class GoingOff:
    """Takes operators off duty; a repeated update gets the same answer."""

    def __init__(
        self,
        roster: Roster,
        answers: Answers,
        delegation: Delegation,
        context: Context,
    ) -> None:
        self._roster = roster
        self._answers = answers
        self._delegation = delegation
        self._context = context

    async def off(self, incoming: Incoming) -> None:
        """`/off`: also ends an open login; offers to delegate what they hold."""
        was = await self._roster.sign_out(incoming.operator_id, update_id=incoming.update_id)
        if was:
            _log.info("operator.signed_out", operator=was.id, group=was.group, reason="off")
            text = incoming.words.gettext("You've stopped receiving messages")
            again = incoming.words.gettext("Send /on to start again.")
        else:
            text = incoming.words.gettext("You are not an operator anyway")
            again = incoming.words.gettext("Send /on to start receiving messages.")
        held = await self._delegation.held(incoming.operator_id, incoming.words) or Listed(again)
        if message_id := await self._answers.answer(
            incoming, f"{text}\n\n{held.text}", held.buttons
        ):
            await self._context.keep(incoming.chat_id, message_id, held.conversations)

    async def membership(self, update_id: int, changed: ChatMemberUpdated) -> None:
        """Handle that somebody blocked or unblocked the bot in their private chat."""
        if changed.new_chat_member.status != changed.new_chat_member.BANNED:
            return
        operator_id = OperatorId(changed.from_user.id)
        if was := await self._roster.sign_out(operator_id, "blocked", update_id=update_id):
            _log.info("operator.signed_out", operator=was.id, group=was.group, reason="blocked")
