"""Why an answer failed: the desk's own sentences are translated, anybody else's are quoted."""

import pytest

from onduty_bot.replying.words import what_failed
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.replies.replying import FailedReply
from onduty_desk.texts import words


@pytest.mark.parametrize(
    ("reason", "failure", "said"),
    [
        ("HTTP 410: the backend refuses it for good", "event-1", "(HTTP 410: отказ окончательный)"),
        ("no answer within 2.5 s", "event-1", "(нет ответа за 2.5 с)"),
        ("a.on raised KeyError in the backend's RQ worker", "event-1", "(a.on: KeyError в его"),
        (
            "a.on raised an exception in the backend's RQ worker",
            "event-1",
            "(a.on: неизвестная ошибка в его обработчике RQ)",
        ),
        ("HTTP 500", "event-1", "(HTTP 500)"),
        ("ClientOSError: no answer within 2 s", "event-1", "(ClientOSError: no answer within 2 s)"),
        ("no answer within 3 s", "reply-1", ": no answer within 3 s"),
    ],
)
def test_a_reason_of_the_desks_is_said_in_the_operators_language(
    reason: str, failure: str, said: str
) -> None:
    """What a backend or a library has said is quoted as it is."""
    reply = FailedReply(
        *(ChatId(101), 7, OperatorId(101), ConversationId("of Alice"), reason, "1", "reply.sent"),
        is_by_desk=failure.startswith("event-"),
        at_ms=0,
    )
    assert said in what_failed(reply, words("ru"))
