"""What judges the time after an outage must find each way in which it can go wrong."""

from collections.abc import Mapping, Sequence

from chaos.after_outages import SUMMARY, AfterOutages, Facts, judge
from chaos.house import Ended
from chaos.outages import Lasted
from chaos.producers import Accepted
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import LoggedRequest

PHONE = ChatId(101)
OUTAGE = Lasted("page", 100, 170)
PAUSE = Lasted("the desk's pause", 101, 172)
TOLD = f"📶 {SUMMARY} for 1 min."


def send(
    at: float,
    text: str,
    *,
    rings: bool = True,
    taken: bool = True,
    fault: str | None = None,
    status: int = 200,
) -> LoggedRequest:
    return LoggedRequest(
        sequence=int(at * 10),
        received_at=at,
        received_monotonic=at,
        bot_id=42,
        method="sendMessage",
        chat_id=PHONE,
        parameters={"text": text} | ({} if rings else {"disable_notification": True}),
        status=status,
        description=None,
        message_id=int(at) if taken else None,
        taken=taken,
        fault=fault,
    )


def found(
    *sends: LoggedRequest,
    pauses: Sequence[Lasted] = (PAUSE,),
    failures: Sequence[Mapping[str, object]] = (),
    urgent: bool = False,
    more: Sequence[Accepted] = (),
    ended: Sequence[Ended] = (),
) -> AfterOutages:
    """Judge a phone for which two customers wrote during the outage, and one afterwards."""
    accepted = [
        Accepted("c1-1", "c1", 1, ("c1-1",), 120, is_ordered=True, is_urgent=urgent),
        Accepted("c2-1", "c2", 1, ("c2-1",), 130, is_ordered=True),
        Accepted("c3-1", "c3", 1, ("c3-1",), 180, is_ordered=True),
        *more,
    ]
    return judge(Facts([OUTAGE], pauses, accepted, sends, failures, ended, [PHONE]))


LATE = send(174, "[c1-1]", rings=False), send(175, "[c2-1]", rings=False)


def test_all_well() -> None:
    """One summary that rings, two cards without a ring, and what came later rings as always."""
    assert found(send(173, TOLD), *LATE, send(190, "[c3-1]")) == AfterOutages(summaries=1, silent=2)


def test_a_card_that_rings_is_found_unless_it_is_urgent() -> None:
    """What waited for the end of the outage comes without a ring."""
    sends = send(173, TOLD), send(174, "[c1-1]"), send(175, "[c2-1]", rings=False)
    assert found(*sends).rang == ["c1-1 on phone 101"]
    assert found(*sends, urgent=True).rang == []


def test_a_plain_rq_job_is_taken_while_telegram_is_away() -> None:
    """One that was pushed at the end may be taken afterwards."""
    sends = send(173, TOLD), *LATE, send(190, "[rq-1]")
    early, late = (
        Accepted("rq-1", "rq-1", 1, ("rq-1",), at, is_ordered=False) for at in (120, 160)
    )
    assert found(*sends, more=(early,)).rang == ["rq-1 on phone 101"]
    assert found(*sends, more=(late,)).rang == []


def test_a_card_rings_in_the_place_of_a_summary_of_which_nobody_knows() -> None:
    """One, not two."""
    lost = send(173, TOLD, taken=False, fault="half_body")
    assert found(lost, send(174, "[c1-1]"), LATE[1]).rang == []
    both = send(174, "[c1-1]"), send(175, "[c2-1]")
    assert found(lost, *both).rang == ["c2-1 on phone 101"]


def test_a_card_rings_whose_customer_has_written_again() -> None:
    """Something new has come: it is not about the outage any more."""
    again = Accepted("c1-2", "c1", 2, ("c1-2",), 173, is_ordered=True)
    sends = send(173, TOLD), send(174, "[c1-1]"), send(175, "[c2-1]", rings=False)
    assert found(*sends, more=(again,)).rang == []


def test_each_phone_is_told_once() -> None:
    """Not at all, without a ring, and twice are wrong; where nobody knows, twice is right."""
    assert found(*LATE).not_told == ["phone 101, 2 customers"]
    assert found(send(173, TOLD, rings=False), *LATE).not_told != []
    assert found(LATE[0]).not_told == []
    assert found(send(171, TOLD), *LATE).not_told == []  # the end of the outage was seen late
    assert found(send(173, TOLD), send(174, TOLD), *LATE).told_again == ["2 times on phone 101"]
    assert found(send(173, TOLD, fault="cut_after"), send(174, TOLD), *LATE).told_again == []


def test_an_outage_that_the_desk_overlooked() -> None:
    """It did not pause while nothing could be sent."""
    assert found(pauses=()).unnoticed == ["page, 70 s"]


def test_what_was_given_up_for_the_outage() -> None:
    """What fails in an outage does not count; what fails twice for its own sake does."""
    failure = {"chat": "101", "messages": ["c1-1"], "reason": "twice no answer", "kind": "delivery"}
    in_outage = [send(at, "[c1-1]", taken=False, fault="page", status=502) for at in (110, 111)]
    assert found(*in_outage, failures=[failure]).given_up != []
    for ats in (180, 190), (171, 190):  # the end of a pause is seen late
        itself = [send(at, "[c1-1]", taken=False, fault="cut_before") for at in ats]
        assert found(*itself, failures=[failure]).given_up == []


def test_an_attempt_that_died_with_its_dispatcher_counts() -> None:
    """It left no trace but the mark of the next one."""
    failure = {"chat": "101", "messages": ["c1-1"], "reason": "twice no answer", "kind": "delivery"}
    once = send(180, "[c1-1]", taken=False, fault="cut_before")
    assert found(once, failures=[failure]).given_up != []
    killed = Ended(200, "dispatcher-1", "SIGKILL")
    assert found(once, failures=[failure], ended=(killed,)).given_up == []
    both = killed, Ended(210, "dispatcher-0", "SIGKILL")
    assert found(failures=[failure], ended=both).given_up == []
    assert found(failures=[failure], ended=(killed,)).given_up != []
    early = failure | {"at_ms": 190_000}
    assert found(once, failures=[early], ended=(killed,)).given_up != []
    marked = send(180, "↻ You may have this one already\n[c1-1]", taken=False, fault="cut_before")
    assert found(marked, failures=[failure]).given_up == []
