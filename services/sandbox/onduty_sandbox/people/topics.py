"""What people do to topics and whole histories; bots are told of none of it."""

from onduty_sandbox.bot_api.topics import delete_topic
from onduty_sandbox.people.acting import ActError, Person


def delete_own_topic(person: Person) -> None:
    """Delete the topic the person is in, with all its messages."""
    topic = person.topic()
    if topic is None:
        raise ActError("Say which topic.")
    delete_topic(person.telegram, person.chat, topic)


def clear_history(person: Person) -> None:
    """Delete every message of a private chat for both sides, and with them its topics.

    An app offers Start then, as in a chat that is new.
    """
    chat = person.chat
    if chat.user is None:
        raise ActError("Only the history of a private chat can be cleared.")
    for topic in chat.topics.values():
        if not topic.deleted:
            delete_topic(person.telegram, chat, topic)
    for message in chat.messages.values():
        if not message.deleted:
            message.deleted = True
            person.telegram.world.changed("message_deleted", message)
