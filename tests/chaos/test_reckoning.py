"""What counts must be able to count: each kind of harm is found in a made-up run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chaos.house import Ended
from chaos.producers import Accepted
from chaos.reckoning import Counts, Evidence, marks_in, most_answers, reckon
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import LoggedRequest
from onduty_sandbox.people.strangers import FIRST_ID

PHONE = ChatId(101)


def send(
    sequence: int,
    text: str,
    *,
    at: float = 0,
    taken: int | None = None,
    fault: str | None = None,
    status: int = 200,
    rings: bool = True,
) -> LoggedRequest:
    return LoggedRequest(
        sequence=sequence,
        received_at=at or float(sequence),
        received_monotonic=at or float(sequence),
        bot_id=42,
        method="sendMessage",
        chat_id=PHONE,
        parameters={"text": text} | ({} if rings else {"disable_notification": True}),
        status=status,
        description=None,
        message_id=taken,
        taken=taken is not None,
        fault=fault,
    )


def counts(
    *sends: LoggedRequest,
    failures: Sequence[Mapping[str, object]] = (),
    ended: Sequence[Ended] = (),
    off_duty: Sequence[tuple[float, float]] = (),
) -> Counts:
    accepted = [
        Accepted(name, "c1", n, (name,), 0, is_ordered=True)
        for n, name in enumerate(("c1-1", "c1-2"), 1)
    ]
    return reckon(Evidence(accepted, sends, failures, ended, [PHONE], {PHONE: off_duty}))


def test_all_well() -> None:
    """One card with both."""
    found = counts(send(1, "[c1-1] Hello\n[c1-2] There", taken=1))
    assert found == Counts(accepted=2, cards=1, shown=2)


def test_a_list_is_no_card() -> None:
    """Nor is a nudge: they quote what cards hold, and their buttons are no card's."""
    text = "Hello [c1-1]"
    of_card, of_list = (
        replace(
            send(1, text, taken=1),
            parameters={
                "text": text,
                "reply_markup": f'{{"inline_keyboard": [[{{"callback_data": "{data}"}}]]}}',
            },
        )
        for data in ("claim", "keep:1")
    )
    assert marks_in(of_card) == ["c1-1"]
    assert not marks_in(of_list)


def test_what_was_asked_and_never_taken_is_lost() -> None:
    """A request that was cut before Telegram took it shows nothing."""
    found = counts(send(1, "[c1-1]", taken=1), send(2, "[c1-2]", fault="cut_before"))
    assert found.lost == ["c1-2 on phone 101"]


def test_what_was_given_up_is_not_lost() -> None:
    """It stands in the failed list, with its reason."""
    failure = {"reason": "no answer", "chat": "101", "conversation": "c1", "messages": ["c1-2"]}
    found = counts(send(1, "[c1-1]", taken=1), failures=[failure])
    assert (found.lost, found.given_up_never_shown) == ([], 1)
    assert found.given_up == ["no answer: 101 c1 c1-2"]


def test_an_answer_of_which_nobody_knew_counts_once_for_a_stranger() -> None:
    """It came again, as it must."""
    told = [send(n, "Enter team secret phrase:", at=1000 + n, taken=n) for n in (1, 2)]
    lost = send(3, "Enter team secret phrase:", at=1003, taken=3, fault="hang")
    to_one = [replace(one, chat_id=FIRST_ID) for one in (*told, lost)]
    assert most_answers([*to_one, *told], []) == len(told)


def test_the_later_one_shown_first_is_out_of_order() -> None:
    """In the order in which the phone shows them."""
    found = counts(send(1, "[c1-1]", taken=2), send(2, "[c1-2]", taken=1))
    assert found.out_of_order == ["c1-1 on phone 101 after 2"]


def test_a_repeat_is_somebodys_fault_or_nobodys() -> None:
    """A cut or a kill explains it, and then it has to be marked; nothing else does."""

    def twice(text: str, fault: str | None = None, ended: Sequence[Ended] = ()) -> list[int]:
        found = counts(
            send(1, "[c1-1]", taken=1, fault=fault),
            send(9, text, taken=2),
            send(10, "[c1-2]", taken=3),
            ended=ended,
        )
        kinds = (found.repeated_unknown, found.repeated_unmarked, found.repeated_other)
        return [len(kind) for kind in kinds]

    killed = [Ended(5, "dispatcher-0", "SIGKILL")]
    assert twice("↻ [c1-1]", fault="cut_after") == [1, 0, 0]
    assert twice("↻ [c1-1]", ended=killed) == [1, 0, 0]
    assert twice("[c1-1]", fault="cut_after") == [0, 1, 0]
    assert twice("↻ [c1-1]", ended=[Ended(5, "bot-0", "SIGKILL")]) == [0, 0, 1]
    assert twice("↻ [c1-1]", ended=[Ended(10, "dispatcher-0", "SIGKILL")]) == [0, 0, 1]
    assert twice("[c1-1]") == [0, 0, 1]


def test_pages_differ_in_what_they_leave_open() -> None:
    """One of 502 may have reached Telegram, one of 403 has not, and explains no repeat."""

    def kinds(status: int) -> tuple[int, int]:
        found = counts(
            send(1, "[c1-1]", taken=1, fault="page", status=status), send(9, "↻ [c1-1]", taken=2)
        )
        return len(found.repeated_unknown), len(found.repeated_other)

    assert kinds(502) == kinds(504) == kinds(200) == (1, 0)
    assert kinds(403) == kinds(503) == (0, 1)


def test_a_repeat_without_a_ring_is_one_where_nobody_asked_for_it() -> None:
    """Of phones that are on duty throughout; who came on duty asked for what waits."""
    twice = send(1, "[c1-1]", taken=1), send(9, "[c1-1]", taken=2, rings=False)
    assert len(counts(*twice).repeated_other) == 1
    accepted = [Accepted("c1-1", "c1", 1, ("c1-1",), 0, is_ordered=True)]
    assert reckon(Evidence(accepted, twice, [], [], [], {})).repeated_other == []


def test_a_card_after_off_is_found() -> None:
    """Once the phone was told so, and a moment has passed."""
    sends = send(1, "[c1-1]", taken=1), send(7, "[c1-2]", taken=2)
    assert counts(*sends, off_duty=[(5, 9)]).sent_off_duty == ["c1-2 on phone 101"]
    assert counts(*sends, off_duty=[(6.5, 9), (2, 3)]).sent_off_duty == []
