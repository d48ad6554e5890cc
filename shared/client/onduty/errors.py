"""What can go wrong for a backend: the desk is away or set up wrongly, or an id is reused."""


class DeskUnavailable(Exception):  # noqa: N818 - it is the state of the desk that is named
    """Redis did not take it: away, loading, read-only, out of memory, or too slow.

    It may or may not have been accepted. Keep the same message and push it again: its id was
    fixed when it was built, so it never reaches the operators twice. A second `close` or `touch`
    does nothing more either; only a `close` is not for calling again when a new message of the
    conversation has been pushed since.
    """


class DeskMisconfigured(Exception):  # noqa: N818 - it is the desk's setting that is named
    """Redis will never take it as it is set up: tell a person, a retry mends nothing.

    A wrong password, a database that there is not, a missing right, a master that the sentinels do
    not know, a certificate that is not trusted, or something there that is not Redis.
    """


class IdReused(ValueError):  # noqa: N818 - the id is named
    """The id is known, with other words or in another conversation: this message was not taken.

    Each message needs an id of its own; without one it gets one.
    """

    def __init__(self, message_id: str) -> None:
        super().__init__(
            f"the id {message_id} is known with other words or in another conversation; "
            "give each message its own"
        )
