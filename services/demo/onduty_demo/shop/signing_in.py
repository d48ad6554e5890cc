"""Signs an operator in, as a person would."""

from redis.asyncio import Redis

from onduty_sandbox.client import ChatMessage, Phone

WITHIN_S = 40
BY_PROGRAM = "onduty-demo:by-program"
"""Set: operators whom a program has signed in; the others did it by hand."""
_PHRASE_WANTED = "Enter team secret phrase:"
_ON_ALREADY = "You are already an operator"
_ANOTHER_WANTED = "To join another, give its phrase"
_SIGNED_IN = "You've started receiving messages"


async def sign_in(redis: Redis, phone: Phone, phrase: str) -> None:
    """Send /on and what it asks for; raises TimeoutError when the bot does not answer."""
    await redis.sadd(BY_PROGRAM, str(phone.user_id))
    asked = await phone.send("/on")
    answer = await phone.wait_for(_answers_on, WITHIN_S, after=asked)
    if _PHRASE_WANTED in answer.text:
        sent = await phone.send(phrase)
        await phone.wait_for(_SIGNED_IN, WITHIN_S, after=sent)


async def join_group(redis: Redis, phone: Phone, phrase: str) -> None:
    """The same for a group, whether or not they are on duty in others."""
    await redis.sadd(BY_PROGRAM, str(phone.user_id))
    asked = await phone.send("/on")
    answer = await phone.wait_for(_answers_on, WITHIN_S, after=asked)
    if _PHRASE_WANTED in answer.text or _ANOTHER_WANTED in answer.text:
        sent = await phone.send(phrase)
        await phone.wait_for(_SIGNED_IN, WITHIN_S, after=sent)


def _answers_on(message: ChatMessage) -> bool:
    return message.from_bot and (_PHRASE_WANTED in message.text or _ON_ALREADY in message.text)
