"""What a topic is called: by its customer, and by whose the conversation is."""

from onduty import CustomerMessage
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import one_line, short_name
from onduty_desk.topics.view import TopicView

MOST_OF_A_NAME = 128
"""Bot API, createForumTopic."""

_MOST_OF_A_RECIPIENT = 60


def topic_name(view: TopicView, message: CustomerMessage | None, words: Words) -> str:
    """Return the name of a topic, from the newest message of its customer if that is known."""
    customer = short_name(message.customer_name if message else "", words.gettext("Customer"))
    recipient = one_line(message.recipient if message else "", _MOST_OF_A_RECIPIENT)
    names = {
        "own": f"{customer} · {recipient}" if recipient.strip() else customer,
        "closed": f"✓ {customer}",
        "passed": f"→ {short_name(view.name)} · {customer}",
        "waits": f"↩ {customer}",
    }
    return names[view.kind][:MOST_OF_A_NAME]
