"""What came of passing on, as it is told; that a colleague is asked goes when that is over."""

import json

from onduty_bot.answering.answers import Answers
from onduty_desk.conversations.ownership import Conversations, PassOutcome, PassResult
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name


class PassResults:
    """Keeps what was told true. If a bot is killed before it writes that down, it stays."""

    def __init__(self, conversations: Conversations, answers: Answers) -> None:
        self._conversations = conversations
        self._answers = answers

    async def told(
        self, done: PassOutcome, operator_id: OperatorId, chat_id: ChatId, message_id: int
    ) -> None:
        """This message tells what came of it; a dispatcher deletes it with the offer.

        The colleague may have answered before.
        """
        if done.result != "offered":
            return
        question = json.loads(done.question)
        is_so = await self._conversations.note_pass_said(
            ConversationId(question["conversation"]),
            operator_id,
            OperatorId(int(question["to"])),
            message_id,
        )
        if not is_so:
            await self._answers.delete_by_id(chat_id, message_id)


def result_of(done: PassOutcome, words: Words) -> str:
    """Return what came of it, as a sentence."""
    texts: dict[PassResult, str] = {
        "not_asked": "",
        "offered": words.gettext("🤝 {name} is asked to take over {customer}."),
        "moved": words.gettext("🤝 {customer} waits in the group {name} now."),
        "off_duty": words.gettext("You are off duty. Send /on to start."),
        "is_closed": words.gettext("{customer} is closed: nothing to pass on."),
        "taken": words.gettext("{name} is answering {customer}: nothing was passed on."),
        "other_group": words.gettext(
            "{customer} is another group's customer now: nothing was passed on."
        ),
        "asks": words.gettext("{name} has been asked about {customer} already."),
        "unavailable": words.gettext(
            "{name} is not available any more. To choose somebody else, begin at the card again."
        ),
    }
    customer = str(json.loads(done.question).get("customer", ""))
    return texts[done.result].format(name=short_name(done.name), customer=customer)
