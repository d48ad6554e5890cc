"""A message of somebody to the bot, as the handlers get it."""

from dataclasses import dataclass

from telegram import CallbackQuery, Message, User

from onduty_bot.conversations.glance import NOTHING, Glance
from onduty_bot.updates.taken import Taken
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.texts import Words, language_of, words


@dataclass(frozen=True)
class Incoming:
    """A message, new or edited, and the language to answer in."""

    update_id: int
    message: Message
    author: User
    language: str
    is_edit: bool
    phrase: str | None
    """The group whose phrase this message was; the text holds the phrase no longer."""
    exposed: frozenset[str]
    """The groups whose phrases are visible in the chat."""
    invite: str | None = None
    """The hash of the token of an invite that it opens; the text holds the token no longer."""
    glance: Glance = NOTHING
    """What it may be about; nothing, outside of a private chat."""
    is_removed: bool = False
    """It may be, or hold, a phrase, so it is deleted after it was handled."""

    @property
    def exposes(self) -> bool:
        """Whether a phrase is visible in the chat."""
        return bool(self.exposed)

    @property
    def operator_id(self) -> OperatorId:
        """Who wrote it."""
        return OperatorId(self.author.id)

    @property
    def chat_id(self) -> ChatId:
        """Where."""
        return ChatId(self.message.chat_id)

    @property
    def is_private(self) -> bool:
        """Whether it is in a private chat with the bot."""
        return self.message.chat.type == self.message.chat.PRIVATE

    @property
    def thread(self) -> int:
        """The topic of the private chat in which it stands; 0: outside of any."""
        return (self.message.message_thread_id or 0) if self.is_private else 0

    @property
    def replied_to(self) -> int:
        """The message that it is a reply to; 0: none.

        Some apps show all of a topic as replies to its beginning, whose id is the topic's.
        """
        replied = self.message.reply_to_message
        return replied.message_id if replied and replied.message_id != self.thread else 0

    @property
    def text(self) -> str:
        """Its text or caption; empty if it has none."""
        return self.message.text or self.message.caption or ""

    @property
    def words(self) -> Words:
        """The catalogue to answer from."""
        return words(self.language)


def thread_of(tap: CallbackQuery) -> int:
    """Return the topic in which the message stands that was tapped; 0: outside of any."""
    message = tap.message
    if not isinstance(message, Message) or message.chat.type != message.chat.PRIVATE:
        return 0
    return message.message_thread_id or 0


def incoming_of(update: Taken, fallback_language: str) -> Incoming:
    """Read the message of an update; raises `ValueError` if it holds none."""
    message, author = update.effective_message, update.effective_user
    if message is None or author is None:
        raise ValueError("the update holds no message of anybody")
    language = language_of(author.language_code, fallback_language)
    return Incoming(
        update.update_id,
        message,
        author,
        language,
        is_edit=update.edited_message is not None,
        phrase=update.stored.phrase,
        exposed=update.stored.exposed,
        invite=update.stored.invite,
    )
