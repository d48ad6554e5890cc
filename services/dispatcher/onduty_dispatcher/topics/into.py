"""Sends into a topic, and tells what is wrong with it if that fails."""

from onduty_desk.model.keys import ChatId
from onduty_desk.model.words import TopicTrouble
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
    Gone,
    NotTaken,
    Outcome,
    Refused,
    Unknown,
    is_topic_gone,
    is_without_topics,
    outcome_of,
    outcome_of_deletion,
)
from onduty_desk.telegram.sending import Misplaced, Text, delete_message, send_text


async def send_into(  # noqa: PLR0913 - Telegram's own parameters, by name
    bot: Bot,
    chat_id: ChatId,
    thread: int,
    text: Text,
    *,
    is_paid: bool,
    is_silent: bool = False,
) -> Outcome:
    """Send a text into a topic; what comes elsewhere is deleted there, and counts as refused."""
    misplaced: list[int] = []

    async def send() -> int:
        try:
            return await send_text(
                bot, chat_id, text, is_paid=is_paid, is_silent=is_silent, thread=thread
            )
        except Misplaced as error:
            misplaced.append(error.message_id)
            raise

    outcome = await outcome_of(send())
    for message in misplaced:
        await outcome_of_deletion(delete_message(bot, chat_id, message), message)
    return outcome


def trouble_of(outcome: Outcome | Gone) -> TopicTrouble | None:
    """Return what is wrong with a topic into which something was not taken; None: it is not that.

    Whatever Telegram has against a message, it is sent flat, where that shows.
    """
    match outcome:
        case Refused(reason) | Gone(reason) if is_topic_gone(reason):
            return "gone"
        case Refused(reason) if is_without_topics(reason):
            return "off"
        case Refused() | NotTaken() | Unknown():
            return "failing"
        case _:
            return None
