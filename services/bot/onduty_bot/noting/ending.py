"""Tells operators whose customer has gone elsewhere while they were about to write a note."""

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.news import News
from onduty_bot.conversations.button_data import NOTE_CANCEL, keyboard
from onduty_bot.noting.noting import Noting
from onduty_desk.noting.notes import Notebook, Over
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import words

_MOST_A_LOOK = 20


class Ending:
    """What is told of notes that nobody can write any more."""

    def __init__(
        self, notebook: Notebook, noting: Noting, roster: Roster, answers: Answers, language: str
    ) -> None:
        self._notebook = notebook
        self._noting = noting
        self._roster = roster
        self._answers = answers
        self._language = language

    @property
    def news(self) -> News[Over]:
        """Each end."""
        return News(
            what="note.end",
            waiting=lambda: self._notebook.over(_MOST_A_LOOK),
            name=lambda over: f"note:{over.operator_id}",
            send=self._send,
            mark_told=self._notebook.mark_told,
        )

    async def _send(self, over: Over) -> None:
        if not over.conversation_id:
            return
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
