"""Counts, levels and histograms, as Prometheus reads them."""

import pytest

from onduty_desk.metrics.counting import Count, Level, Spread
from onduty_desk.metrics.figures import CAUSES, cause_of


def samples(figure: Count | Spread) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in figure.families()
        for sample in family.samples
    }


def test_a_counter_is_there_before_anything_happened() -> None:
    """Else its first increase could not be seen, and no alert would fire."""
    count = Count("sent", "Sent.", {"result": ("ok", "failed")})
    assert samples(count) == {("sent_total", "ok"): 0, ("sent_total", "failed"): 0}
    count.add("ok")
    count.add("ok", by=3)
    assert samples(count)["sent_total", "ok"] == 4


def test_an_unknown_label_counts_as_other() -> None:
    """Whatever a caller passes, the number of series is bounded."""
    count = Count("sent", "Sent.", {"result": ("ok",)})
    for n in range(50):
        count.add(f"odd {n}")
    assert samples(count) == {("sent_total", "ok"): 0, ("sent_total", "other"): 50}


def test_a_level_rises_and_falls() -> None:
    """It is a gauge, with the name as it is."""
    level = Level("busy", "Busy.", {"queue": ("a", "b")})
    level.add("a")
    level.add("a")
    level.add("a", by=-1)
    level.set("b", to=7)
    assert samples(level) == {("busy", "a"): 1, ("busy", "b"): 7}


def test_a_histogram_has_cumulative_buckets() -> None:
    """A value on a limit belongs below it; the last bucket has all."""
    spread = Spread("took", "Took.", {"how": ("well",)}, limits=(0.1, 1.0))
    for took_s in (0.05, 0.1, 0.5, 20):
        spread.note(took_s, "well")
    spread.note(1, "odd")
    found = samples(spread)
    assert [found["took_bucket", "well", limit] for limit in ("0.1", "1", "+Inf")] == [2, 3, 4]
    assert found["took_count", "well"] == 4
    assert found["took_sum", "well"] == pytest.approx(20.65)
    assert found["took_count", "other"] == 1


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("no connection to Telegram (ClientConnectorError, ECONNREFUSED)", "no_connection"),
        ("no answer within 8 s", "no_answer"),
        ("connection lost before the answer (ServerDisconnectedError)", "no_answer"),
        ("answered by something that is not Telegram (403)", "not_telegram"),
        ("redirected instead of answered (302)", "not_telegram"),
        ("the answer to getMe is no bot", "not_telegram"),
        ("Telegram itself failed (502)", "telegram_failed"),
        ("something new", "other"),
    ],
)
def test_a_pause_has_one_of_few_causes(reason: str, cause: str) -> None:
    """As `transport` and `reading` write their reasons."""
    assert cause_of(reason) == cause
    assert cause in CAUSES
