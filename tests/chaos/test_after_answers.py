"""What judges answers must be able to: each kind of harm is found in a made-up run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chaos.answering.backend import AboutAnswer, Report, Try
from chaos.answering.judging import Evidence, JudgedAnswers, is_about_an_answer, judge_answers
from chaos.answering.written import Answer, Note, text_of
from chaos.shown_message import shown_message
from onduty.events import Operator, ReplyDeleted, ReplyEdited, ReplySent
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, LoggedRequest

ANNA = ChatId(301)
CALM_AT = 100.0
WELL = JudgedAnswers(arrived=1)


def event(
    kind: type[AboutAnswer] = ReplySent,
    *,
    version: int = 0,
    sequence: int = 1,
    mark: str = "301-1",
    **others: object,
) -> AboutAnswer:
    fields = {
        "id": f"e{sequence}",
        "sequence": sequence,
        "conversation_id": "k1",
        "occurred_at": datetime.now(UTC),
        "reply_id": "r1",
        "operator": Operator(id=301, name="Operator 301"),
        "text": text_of(mark, version),
        "html": "",
        "attachments": (),
    }
    if kind is ReplyDeleted:
        fields = {k: v for k, v in fields.items() if k not in {"text", "html", "attachments"}}
    return kind.model_validate(fields | others)


def tried(*events: AboutAnswer, status: int = 204, at: float = 10) -> list[Try]:
    return [Try(at, one, status) for one in events]


def own(
    number: int = 5, version: int = 0, reaction: str = "👍", mark: str = "301-1"
) -> ChatMessage:
    reactions = {42: reaction} if reaction else {}
    shown = shown_message(ANNA, text_of(mark, version), message_id=number, reactions=reactions)
    return replace(shown, from_bot=False)


def said(text: str, *, deleted: bool = False) -> ChatMessage:
    return shown_message(ANNA, text, message_id=55, reply_to=5, deleted=deleted)


def reaction(emoji: str, at: float) -> LoggedRequest:
    set_ = f'[{{"type": "emoji", "emoji": "{emoji}"}}]'
    return LoggedRequest(
        sequence=1,
        received_at=at,
        received_monotonic=at,
        bot_id=42,
        method="setMessageReaction",
        chat_id=ANNA,
        parameters={"message_id": "5", "reaction": set_},
        status=200,
        description=None,
        message_id=5,
        taken=True,
        fault=None,
    )


def judged(
    tries: Sequence[Try],
    *phone: ChatMessage,
    reports: Sequence[Report] = (),
    reactions: Sequence[LoggedRequest] = (),
    **answer: object,
) -> JudgedAnswers:
    one = replace(Answer(ANNA, 5, "301-1", {"k1"}), **answer)  # type: ignore[arg-type]
    evidence = Evidence([one], tries, reports, CALM_AT, {ANNA: phone or (own(),)}, reactions)
    return judge_answers(evidence)


def test_all_well() -> None:
    """It has arrived, after a try that did not, and its author sees so."""
    tries = [*tried(event(), status=500, at=9), *tried(event())]
    assert judged(tries, reactions=[reaction("👍", 11)]) == WELL


def test_what_came_nowhere_and_nobody_was_told_of_is_lost() -> None:
    """Also what the backend was asked to take and never took."""
    name = "301-1 for ['k1']"
    assert judged([], own(reaction="")).lost == [name]
    assert judged(tried(event(), status=500), own(reaction="👀")).lost == [name]
    told = judged([], own(reaction=""), said("This did not reach the customer\n\nNo"))
    assert told == JudgedAnswers(told=1)


def test_what_was_taken_for_the_reason_of_passing_on_is_not_lost() -> None:
    """It replied to nothing, or stands in a topic; a reply to a card is never one."""
    passed, unsent = said("🤝 Boris is asked to take over Alice."), own(reaction="")
    assert judged([], unsent, passed, for_customers=set()) == JudgedAnswers(told=1)
    quoted = said(f"“{text_of('301-1', 0)}”\n\n{passed.text}")
    assert judged([], unsent, quoted, topic=8) == JudgedAnswers(told=1)
    assert judged([], unsent, passed).lost
    of_another = replace(passed, reply_to=4)
    assert judged([], of_another, unsent, for_customers=set()).lost


def test_another_name_is_found() -> None:
    """And words that nobody has written."""
    boris = Operator(id=302, name="Operator 302")
    assert judged(tried(event(operator=boris))).of_another
    assert judged(tried(event(operator=Operator(id=301, name="Boris")))).of_another
    found = judged([*tried(event()), *tried(event(mark="301-9", reply_id="r9"))])
    assert found.of_another == ["301-9 was never written"]


def test_another_customer_is_found() -> None:
    """Who was neither replied to nor chosen."""
    assert judged(tried(event(conversation_id="k2"))).to_another
    assert not judged(tried(event(conversation_id="k2")), for_customers={"k1", "k2"}).to_another


def test_a_repeat_is_known_by_its_reply_id() -> None:
    """Another event of the same kind comes only after a failure."""
    again = event(sequence=2)
    assert judged(tried(event(), event())).unrecognisable == []
    assert judged(tried(event(), again)).unrecognisable
    assert judged(tried(event(), event(sequence=2, reply_id="r2"))).unrecognisable
    refused = [*tried(event(), status=422), *tried(again)]
    assert judged(refused) == WELL
    failed = [Report(20, "r1", "failed")]
    assert judged(tried(event(), again), reports=failed).unrecognisable == []


def test_two_answers_with_one_reply_id_are_found() -> None:
    """A backend would show one of them."""
    two = [Answer(ANNA, 5, "301-1", {"k1"}), Answer(ANNA, 6, "301-2", {"k1"})]
    tries = tried(event(), event(mark="301-2", sequence=2))
    phone = (own(), own(6, mark="301-2"))
    found = judge_answers(Evidence(two, tries, [], CALM_AT, {ANNA: phone}))
    assert found.unrecognisable[0] == "r1 is of ['301-1', '301-2']"


def test_the_order_of_one_operator_to_one_customer() -> None:
    """Unless the first one was asked about before it was sent."""
    two = [Answer(ANNA, 5, "301-1", {"k1"}), Answer(ANNA, 6, "301-2", {"k1"})]
    tries = tried(event(sequence=2), event(mark="301-2", sequence=1, reply_id="r2"))
    phone = (own(), own(6, mark="301-2"))
    found = judge_answers(Evidence(two, tries, [], CALM_AT, {ANNA: phone}))
    assert found.out_of_order == ["301-2 for ['k1']: number 1 after 2"]
    asked = said("This did not reach the customer\n\nBoris is answering", deleted=True)
    held = judge_answers(Evidence(two, tries, [], CALM_AT, {ANNA: (*phone, asked)}))
    assert held.out_of_order == []


def test_the_customer_reads_what_stands_in_the_chat() -> None:
    """After each change, unless its author is told that it did not come; never older words."""
    changed = tried(event(), event(ReplyEdited, version=1, sequence=2))
    assert judged(changed, own(version=1)) == WELL
    assert judged(tried(event()), own(version=1)).other_words
    told = said("The change did not reach the customer\n\nYou are off duty.")
    assert judged(tried(event()), own(version=1), told) == WELL
    newest_first = tried(event(version=1), event(ReplyEdited, version=0, sequence=2))
    assert judged(newest_first, own()).out_of_order


def test_what_is_taken_back_is_gone() -> None:
    """Or its author is told that it is not."""
    gone = tried(event(), event(ReplyDeleted, sequence=2))
    assert judged(gone, own(reaction=""), is_undone=True) == WELL
    assert judged(tried(event()), is_undone=True).not_taken_back
    told = said("The change did not reach the customer\n\nYou are off duty.")
    assert judged(tried(event()), own(), told, is_undone=True) == WELL


@pytest.mark.parametrize(
    ("tries", "reports", "true"),
    [
        ([], [], ""),
        (tried(event(), status=500), [], "👀"),
        (tried(event()), [], "👍"),
        (tried(event(), status=422), [], "😢"),
        ([*tried(event(), status=422), *tried(event(ReplyEdited, sequence=2))], [], "😢"),
        (tried(event(), event(ReplyDeleted, sequence=2)), [], ""),
        ([*tried(event()), *tried(event(ReplyDeleted, sequence=2), status=422)], [], "😢"),
        (tried(event()), [Report(50, "r1", "read")], "👍👌"),
        (tried(event()), [Report(50, "r1", "failed")], "👍😢"),
        (tried(event()), [Report(101, "r1", "read")], "👌"),
        (tried(event()), [Report(101, "r1", "read"), Report(102, "r1", "delivered")], "👌"),
        (tried(event()), [Report(101, "r1", "failed"), Report(102, "r1", "delivered")], "👍"),
        (tried(event()), [Report(101, "r1", "failed")], "😢"),
    ],
)
def test_the_reaction_is_the_truth(
    tries: Sequence[Try], reports: Sequence[Report], true: str
) -> None:
    """Of all that may stand there just what the backend has confirmed and reported."""
    for emoji in ("", "👀", "👍", "👌", "😢"):
        found = judged(tries, own(reaction=emoji), reports=reports)
        is_true = emoji in (list(true) or [""])
        assert (found.untrue_reactions == []) == is_true, emoji


def test_a_reaction_before_it_was_so_is_found() -> None:
    """Though in the end it is true."""
    assert judged(tried(event()), reactions=[reaction("👍", 9)]).early_reactions
    assert judged(tried(event()), reactions=[reaction("👌", 11)]).early_reactions
    assert judged(tried(event()), reactions=[reaction("😢", 11)]).early_reactions
    assert not judged(tried(event()), reactions=[reaction("👀", 1)]).early_reactions


def test_of_a_failure_its_author_reads_why() -> None:
    """Below the answer, as long as it stands."""
    refused = tried(event(), status=422)
    assert judged(refused, own(reaction="😢")).untold
    why = said("😢 This did not reach the customer: HTTP 422")
    assert judged(refused, own(reaction="😢"), why) == JudgedAnswers(refused=1)
    assert judged(refused, own(reaction="😢"), replace(why, deleted=True)).untold


def test_the_failed_list_tells_answers_from_messages() -> None:
    """Only the latter count as given up."""
    assert is_about_an_answer({"kind": "reply", "reply": "r1"})
    assert is_about_an_answer({"kind": "event", "event": {"reply_id": "r1"}})
    assert not is_about_an_answer({"kind": "event", "event": {"id": "e1"}})
    assert not is_about_an_answer({"kind": "delivery"})


def test_a_note_that_a_customer_got_is_found() -> None:
    """Or of which nobody knows what became."""

    def of_notes(*phone: ChatMessage, tries: Sequence[Try] = ()) -> JudgedAnswers:
        note = replace(own(reaction=""), text="(note 301-1)")
        notes = [Note(ANNA, 5, "301-1")]
        evidence = Evidence([], tries, [], CALM_AT, {ANNA: [note, *phone]}, notes=notes)
        return judge_answers(evidence)

    assert of_notes(said("📝 Kept as a note about Alice")) == JudgedAnswers()
    assert of_notes().notes_lost == ["301-1"]
    kept = said("📝 Kept as a note about Alice")
    assert of_notes(kept, tries=tried(event(text="(note 301-1)"))).notes_sent
