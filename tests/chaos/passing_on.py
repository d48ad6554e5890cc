"""An operator passes a customer on: the menu of the card, to whom, and why."""

from collections.abc import Callable
from random import Random

from chaos.copies import MENU, is_question
from onduty_sandbox.client import ChatMessage, Phone

PASS_ON, ANOTHER_GROUP, CANCEL = "🤝 Pass on", "Another group", "Cancel"
NO_REASON, REASON = "No reason", "They speak French"
NOT_OURS = "support"
"""A group whose operators do not tap: what is passed there waits for ever."""

TAP_WITHIN_S, ASKED_WITHIN_S = 5.0, 10.0


async def pass_on(phone: Phone, card: ChatMessage, chance: Random) -> bool:
    """Walk the whole way; return whether it was walked to the end.

    Raises SandboxError or TimeoutError where a button went, or nobody answered in time.
    """
    await phone.tap(card.message_id, MENU, TAP_WITHIN_S)
    await _until(phone, card.message_id, lambda it: PASS_ON in it.button_texts)
    before = max(message.message_id for message in await phone.messages())
    await phone.tap(card.message_id, PASS_ON, TAP_WITHIN_S)
    question = await phone.wait_for(is_question, ASKED_WITHIN_S, after=before)
    return await _answer(phone, question, chance)


async def _answer(phone: Phone, question: ChatMessage, chance: Random) -> bool:
    number = question.message_id
    if ANOTHER_GROUP in question.button_texts and chance.random() < 1 / 3:
        await phone.tap(number, ANOTHER_GROUP, TAP_WITHIN_S)
        question = await _until(phone, number, lambda it: NOT_OURS in it.button_texts)
    to = set(question.button_texts) - {ANOTHER_GROUP, CANCEL, NOT_OURS, "Back", "▶️", "◀️"}
    if not to:
        await phone.tap(number, CANCEL, TAP_WITHIN_S)
        return False
    await phone.tap(number, chance.choice(sorted(to)), TAP_WITHIN_S)
    await _until(phone, number, lambda it: NO_REASON in it.button_texts)
    if chance.random() < 1 / 2:
        await phone.tap(number, NO_REASON, TAP_WITHIN_S)
    else:
        await phone.send(REASON, topic=question.topic)
    return True


async def _until(phone: Phone, number: int, fits: Callable[[ChatMessage], bool]) -> ChatMessage:
    return await phone.wait_for(lambda it: it.message_id == number and fits(it), ASKED_WITHIN_S)
