"""The one thing that can go wrong between a valid message and the desk."""


class DeskUnavailable(Exception):  # noqa: N818 - it is the state of the desk that is named
    """Redis did not take the message: away, loading, read-only, out of memory, or too slow.

    The message may or may not have been accepted. Keep the same object and push it again: its id
    was fixed when it was built, so it never reaches the operators twice.
    """
