"""What judges answers knows those that were typed in a topic."""

from dataclasses import replace

from chaos.answering.judging import JudgedAnswers
from chaos.shown_message import shown_message
from chaos.test_after_answers import ANNA, event, judged, own, said, tried
from onduty_sandbox.client import ChatMessage

THREAD = 7
QUOTE = "“(answer 301-1) v0”\n\n"


def inside(message: ChatMessage) -> ChatMessage:
    return replace(message, topic=THREAD)


def typed(*phone: ChatMessage) -> JudgedAnswers:
    return judged([], *map(inside, phone), topic=THREAD)


def test_why_not_is_said_below_the_words() -> None:
    """Not all apps show there to which message another one replies."""
    assert typed(own(reaction="")).lost
    refused = said(f"{QUOTE}This did not reach the customer\n\nIt is closed.")
    assert not typed(own(reaction=""), refused).lost
    assert typed(own(reaction=""), said(f"{QUOTE}All is well")).lost
    failed = tried(event(), status=422)
    told = inside(said(f"{QUOTE}😢 This did not reach the customer: mailbox full"))
    assert judged(failed, inside(own(reaction="😢")), topic=THREAD).untold
    assert not judged(failed, inside(own(reaction="😢")), told, topic=THREAD).untold


def test_typed_in_one_topic_it_goes_to_nobody_else() -> None:
    """Whose it is stands above it."""
    assert not judged(tried(event()), inside(own()), topic=THREAD).to_another
    others = tried(event(conversation_id="k2"))
    assert judged(others, inside(own()), topic=THREAD).to_another


def test_it_may_be_why_a_customer_is_passed_on() -> None:
    """Asked in that topic, or, if that is lost, outside; what replies to another is another's."""
    passed = shown_message(
        ANNA, "🤝 Alice of k1 waits in the group claims now.", message_id=9, reply_to=5
    )
    assert not typed(own(reaction=""), passed).lost
    mine = inside(own(reaction=""))
    assert not judged([], mine, passed, topic=THREAD).lost
    assert judged([], mine, replace(passed, reply_to=4), topic=THREAD).lost


def test_nothing_is_shown_on_what_went_with_its_topic() -> None:
    """Its author has deleted that; outside of topics nothing goes so."""
    gone = inside(replace(own(reaction="👍"), deleted=True))
    failed = tried(event(), status=422)
    assert not judged(failed, gone, topic=THREAD).untrue_reactions
    assert judged(failed, replace(gone, topic=None)).untrue_reactions
