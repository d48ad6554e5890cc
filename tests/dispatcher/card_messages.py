"""A customer's message, as the tests of cards write it."""

from onduty import CustomerMessage
from onduty_desk.texts import words

ENGLISH = words("en")
LINK = "https://shop.example/chat/17"


def message(text: str = "Hello", **fields: object) -> CustomerMessage:
    names = {"customer_name": "Alice", "recipient": "The Shop", "reply_url": LINK}
    return CustomerMessage.model_validate({"text": text, "conversation_id": "c", **names, **fields})
