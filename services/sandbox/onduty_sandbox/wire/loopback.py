"""The names by which this machine calls itself: what reaches them comes from nowhere else."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
