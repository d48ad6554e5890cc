"""What a figure has counted so far, so that a test can see it move."""

from collections.abc import Iterator
from contextlib import contextmanager

from onduty_desk.metrics.figures import FIGURES

Values = dict[tuple[str, ...], float]


def values() -> Values:
    """Return (name, labels…) → value of all this process counts; of a histogram count and sum."""
    return {
        (
            family.name + ("_sum" if sample.name.endswith("_sum") else ""),
            *(value for name, value in sample.labels.items() if name != "le"),
        ): sample.value
        for figure in FIGURES
        for family in figure.families()
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


@contextmanager
def moved() -> Iterator[Values]:
    """Return what has changed inside the block, when it is over."""
    before, changes = values(), Values()
    yield changes
    changes |= {
        key: value - before.get(key, 0)
        for key, value in values().items()
        if value != before.get(key, 0)
    }
