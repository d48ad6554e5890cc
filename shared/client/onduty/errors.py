"""The one thing that can go wrong between a backend and the desk."""


class DeskUnavailable(Exception):  # noqa: N818 - it is the state of the desk that is named
    """Redis did not take it: away, loading, read-only, out of memory, or too slow.

    It may or may not have been accepted. Keep the same message and push it again: its id was
    fixed when it was built, so it never reaches the operators twice. A second `close` or `touch`
    does nothing more either; only a `close` is not for calling again when a new message of the
    conversation has been pushed since.
    """
