"""The exceptions a backend may get: desk unavailable, desk misconfigured, id reused."""


class DeskUnavailable(Exception):  # noqa: N818 - it is the state of the desk that is named
    """Redis did not take it: away, loading, read-only, out of memory, or too slow.

    It may or may not have been accepted. Keep the same message and push it again: its id was
    fixed when it was built, so it never reaches the operators twice. A second `close` or `touch`
    changes nothing more either; but do not repeat a `close` when a new message of the conversation
    has been pushed since.
    """


class DeskMisconfigured(Exception):  # noqa: N818 - it is the desk's setting that is named
    """Redis will never take it as it is set up: a retry does not help, a person must act.

    A wrong password, a database that does not exist, a missing right, a master that the sentinels
    do not know, a certificate that is not trusted, or a server that is not Redis.
    """


class IdReused(ValueError):  # noqa: N818 - the id is named
    """The id is known, with another text or in another conversation: this message was not taken.

    Each message needs an id of its own; if it is left out, one is made. `message_id` is this one.
    """

    def __init__(self, message_id: str) -> None:
        super().__init__(
            f"the id {message_id} is known with other words or in another conversation; "
            "give each message its own"
        )
        self.message_id = message_id
