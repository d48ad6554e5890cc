"""What reads the requests of a run knows what stands in a topic, and what is lost of it."""

from dataclasses import replace

from chaos.house import Ended
from chaos.producers import Accepted
from chaos.reading_order import out_of_order
from chaos.reckoning import Evidence, reckon
from chaos.shown_message import shown_message
from chaos.topics.counts import left_outside, unexplained_topics
from chaos.topics.threads import by_place, threads, told_gone, went_astray
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import LoggedRequest

ANNA, THREAD = ChatId(801), 7
BUTTONS = '{"inline_keyboard": [[{"text": "☑️ Close", "callback_data": "close"}]]}'
ACCEPTED = [Accepted(f"t1-{n}", "t1", n, (f"t1-{n}",), 100, is_ordered=True) for n in (1, 2, 3)]
KILLED = [Ended(100.5, "dispatcher-0", "SIGKILL")]
MADE = LoggedRequest(
    sequence=1,
    received_at=100,
    received_monotonic=100,
    bot_id=42,
    method="createForumTopic",
    chat_id=ANNA,
    parameters={"name": "Alice of t1 · The Shop"},
    status=200,
    description=None,
    message_id=THREAD,
    taken=True,
    fault=None,
)


def sent(
    message: int, *numbers: int, thread: int = 0, buttons: bool = False, fault: str | None = None
) -> LoggedRequest:
    text = "\n".join(f"[t1-{number}] Hello" for number in numbers)
    parameters = {"text": text, "reply_markup": BUTTONS if buttons else ""}
    parameters |= {"message_thread_id": str(thread)} if thread else {}
    return replace(
        *(MADE,),
        sequence=message,
        method="sendMessage",
        message_id=message,
        parameters=parameters,
        fault=fault,
    )


CARD, CONTEXT = sent(6, 1, buttons=True), sent(8, 1, thread=THREAD, buttons=True)
ASTRAY = sent(9, 2, thread=THREAD, fault="topic_lost")


def repeats(*sends: LoggedRequest) -> list[str]:
    cards, _ = by_place(sends)
    return reckon(Evidence(ACCEPTED, cards, [], [], [ANNA], {})).repeated_other


def test_what_says_what_a_topic_is_about_is_no_repeat() -> None:
    """But a follow-up that comes twice is one, in the topic and outside of it."""
    assert not repeats(CARD, CONTEXT, sent(9, 2, thread=THREAD))
    assert repeats(CARD, CONTEXT, sent(9, 2, thread=THREAD), sent(10, 2))
    assert repeats(CARD, CONTEXT, sent(9, 2, thread=THREAD), sent(10, 2, thread=THREAD))
    assert repeats(CARD, sent(7, 1, buttons=True))


def test_what_came_outside_of_its_topic_comes_again() -> None:
    """It is no repeat then: it is removed from where it does not belong, or counted."""
    assert not repeats(CARD, ASTRAY, sent(10, 2))
    assert went_astray([CARD, CONTEXT, ASTRAY]) == [ASTRAY]
    there = shown_message(ANNA, "[t1-2] Hello", message_id=9)
    assert left_outside([ASTRAY], {ANNA: [there]}, [])
    assert not left_outside([ASTRAY], {ANNA: [there]}, KILLED)
    assert not left_outside([ASTRAY], {ANNA: [replace(there, deleted=True)]}, [])


def test_each_topic_is_read_by_itself() -> None:
    """What it is about is changed at its top; below that, and outside, nothing comes too late."""
    edit = replace(CONTEXT, message_id=None, sequence=20)
    edit = replace(edit, parameters={"message_id": 8, "text": "[t1-1] [t1-3]"})
    in_topic = sent(9, 2, thread=THREAD)
    assert threads([CARD, CONTEXT, in_topic, ASTRAY]) == {(ANNA, 8): THREAD, (ANNA, 9): THREAD}
    assert not out_of_order(ACCEPTED, [CARD, CONTEXT, in_topic, edit], [])
    assert not out_of_order(ACCEPTED, [CARD, CONTEXT, sent(9, 3), sent(10, 2, thread=THREAD)], [])
    again = sent(12, 1, 2, 3, thread=THREAD, buttons=True)
    gone = replace(CONTEXT, method="deleteMessage", sequence=13, parameters={"message_id": "8"})
    assert not out_of_order(ACCEPTED, [CARD, CONTEXT, in_topic, again, gone], [])
    late = [CARD, CONTEXT, sent(9, 3, thread=THREAD), sent(10, 2, thread=THREAD)]
    assert out_of_order(ACCEPTED, late, [])
    assert out_of_order(ACCEPTED, [CARD, CONTEXT, sent(9, 3), sent(10, 2)], [])


def test_a_topic_that_nobody_knows_is_explained_by_who_died() -> None:
    """Or by an answer that never came, or that said of the topic that it is not there."""
    unknown = {(ANNA, THREAD)}
    assert len(unexplained_topics(unknown, [MADE], (), [])) == 1
    assert not unexplained_topics((), [MADE], (), [])
    assert not unexplained_topics(unknown, [MADE], (), KILLED)
    assert not unexplained_topics(unknown, [replace(MADE, fault="cut_after")], (), [])
    gone = told_gone([ASTRAY, replace(CONTEXT, fault="slow")])
    assert gone == {(ANNA, THREAD)}
    assert not unexplained_topics(unknown, [MADE], gone, [])
