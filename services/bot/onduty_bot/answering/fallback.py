"""The fallback: a short useful answer to every update that nothing else handles."""

from collections.abc import Collection

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.menu import listed
from onduty_bot.conversations.writing import Writing
from onduty_desk.roster.operators import Roster


class Fallback:
    """Answers messages that nothing else handles."""

    def __init__(
        self,
        roster: Roster,
        writing: Writing,
        answers: Answers,
        admin_ids: Collection[int],
        *,
        has_topics: bool,
    ) -> None:
        self._roster = roster
        self._writing = writing
        self._answers = answers
        self._admin_ids = admin_ids
        self._has_topics = has_topics

    async def unknown_command(self, incoming: Incoming) -> None:
        """Answer a command that does not exist with the list of commands."""
        text = incoming.words.gettext("I do not know this command. You can use:")
        is_admin = incoming.operator_id in self._admin_ids
        commands = listed(incoming.words, is_admin=is_admin, has_topics=self._has_topics)
        await self._answers.answer(incoming, f"{text}\n\n{commands}")

    async def anything(self, incoming: Incoming) -> None:
        """Answer any other message: a sticker, a photo, a location, an edited command."""
        is_on_duty = await self._roster.find(incoming.operator_id) is not None
        if not is_on_duty and await self._writing.is_reply_to_card(incoming):
            await self._writing.reply_off_duty(incoming)
            return
        if incoming.is_edit or is_on_duty:
            await self._writing.text(incoming)
            return
        text = incoming.words.gettext("This reached no one. Send /on to start receiving messages.")
        await self._answers.answer(incoming, text)
