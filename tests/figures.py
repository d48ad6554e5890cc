"""What a figure has counted so far, so that a test can see it move."""

from collections.abc import Iterator
from contextlib import contextmanager

from onduty_desk.metrics.figures import FIGURES

Values = dict[tuple[str, ...], float]


def values() -> Values:
    """Return (name, labels…) → value of all this process counts; of a histogram the count."""
    return {
        (family.name, *(value for name, value in sample.labels.items() if name != "le")): (
            sample.value
        )
        for figure in FIGURES
        for family in figure.families()
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_sum"))
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
