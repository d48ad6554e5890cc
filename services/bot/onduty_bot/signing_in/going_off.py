"""`/off`, of one group or of all, and blocking the bot, which signs out too."""

from collections.abc import Collection

import structlog
from telegram import ChatMemberUpdated

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import group_called, groups_of
from onduty_bot.conversations.context import Context, Listed
from onduty_bot.conversations.delegation import Delegation
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Operator, Roster

_log = structlog.get_logger()


class GoingOff:
    """Takes operators off duty; a repeated update gets the same answer.

    Args:
        groups: all of them. With a single one, what stands behind `/off` does not count.
    """

    def __init__(
        self,
        roster: Roster,
        answers: Answers,
        delegation: Delegation,
        context: Context,
        groups: Collection[str],
    ) -> None:
        self._roster = roster
        self._answers = answers
        self._delegation = delegation
        self._context = context
        self._groups = groups

    async def off(self, incoming: Incoming) -> None:
        """`/off`: also ends an open login; offers to delegate what they hold."""
        _, *rest = incoming.text.split(maxsplit=1)
        if rest and len(self._groups) > 1:
            await self._leave(incoming, rest[0].strip())
            return
        was = await self._roster.sign_out(incoming.operator_id, update_id=incoming.update_id)
        await self._say_off(incoming, was)

    async def _leave(self, incoming: Incoming, name: str) -> None:
        """Take them out of the group that is called so; capitals do not count."""
        group = group_called(name, self._groups)
        was = await self._roster.find(incoming.operator_id)
        if group is not None:
            left = await self._roster.sign_out(
                incoming.operator_id, group=group, update_id=incoming.update_id
            )
            was, group = left or was, group if left else None
        if was is None or (group and len(was.groups) == 1):
            await self._say_off(incoming, was)
        elif group is None:
            text = incoming.words.gettext("You are in no group of this name.")
            await self._answers.answer(incoming, f"{text}\n\n{_how_to_leave(was, incoming)}")
        else:
            await self._say_left(incoming, was, group)

    async def _say_left(self, incoming: Incoming, was: Operator, group: str) -> None:
        _log.info("operator.left_group", operator=was.id, group=group, reason="off")
        text = incoming.words.gettext("You've stopped receiving messages of the group {group}")
        stays = [one for one in was.groups if one != group]
        now = groups_of(stays, incoming.words)
        held = await self._delegation.held(incoming.operator_id, incoming.words, groups=[group])
        await self._answer(incoming, f"{text.format(group=group)}\n\n{now}", held)

    async def _say_off(self, incoming: Incoming, was: Operator | None) -> None:
        if was:
            _log.info("operator.signed_out", operator=was.id, groups=was.groups, reason="off")
            text = incoming.words.gettext("You've stopped receiving messages")
            again = incoming.words.gettext("Send /on to start again.")
        else:
            text = incoming.words.gettext("You are not an operator anyway")
            again = incoming.words.gettext("Send /on to start receiving messages.")
        held = await self._delegation.held(incoming.operator_id, incoming.words)
        await self._answer(incoming, text, held or Listed(again))

    async def _answer(self, incoming: Incoming, text: str, held: Listed | None) -> None:
        whole = f"{text}\n\n{held.text}" if held else text
        message_id = await self._answers.answer(incoming, whole, held.buttons if held else None)
        if held and message_id:
            await self._context.keep(incoming.chat_id, message_id, held.conversations)

    async def membership(self, update_id: int, changed: ChatMemberUpdated) -> None:
        """Handle that somebody blocked or unblocked the bot in their private chat."""
        if changed.new_chat_member.status != changed.new_chat_member.BANNED:
            return
        operator_id = OperatorId(changed.from_user.id)
        if was := await self._roster.sign_out(operator_id, "blocked", update_id=update_id):
            _log.info("operator.signed_out", operator=was.id, groups=was.groups, reason="blocked")


def _how_to_leave(was: Operator, incoming: Incoming) -> str:
    how = incoming.words.gettext("/off {group} leaves one group.").format(group=was.groups[-1])
    return "\n\n".join(
        [
            groups_of(was.groups, incoming.words),
            f"{how} " + incoming.words.gettext("Send /off to stop receiving messages."),
        ]
    )
