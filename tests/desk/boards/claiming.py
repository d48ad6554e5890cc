"""An operator who claims all who wait."""

from datetime import timedelta

from desk.boards.conftest import Hand
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId

ANNA = OperatorId(1)


async def claim_all(hand: Hand, conversations: Conversations) -> None:
    """Let operator 1 get the cards and claim them, and let what is to be edited be edited."""
    for message in range(200, 300):
        if not (taken := await hand.take()):
            await hand.pass_time(timedelta(seconds=1))
            if not (taken := await hand.take()):
                break
        (one,) = taken
        if one.step != "send":
            await hand.settle(one)
            continue
        attempt = await hand.outbox.attempt(one, one.message_ids, 1)
        assert attempt
        await hand.outbox.settle(one, "done", str(message), attempt_id=attempt.id)
        await conversations.tap(
            Verb.CLAIM,
            operator_id=ANNA,
            name="Anna",
            chat_id=ChatId(1),
            message_id=message,
            update_id=message,
        )
