"""The time, as a value that a test can pass in."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Two readings of one clock: seconds since 1970, and seconds that never go back."""

    epoch: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
