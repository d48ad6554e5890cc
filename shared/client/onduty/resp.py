"""Redis's protocol, as far as pushing needs it: commands to bytes, bytes to replies."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, Union

Command = Sequence[str | int]
Reply: TypeAlias = Union[bytes, int, "list[Reply]", "ReplyError", None]


class ReplyError(Exception):
    """Redis answered with an error; `code` is its first word."""

    @property
    def code(self) -> str:
        """The word that names the kind of the error: READONLY, NOAUTH or just ERR."""
        return str(self).partition(" ")[0]


class OtherProtocolError(Exception):
    """What answers is not Redis."""


class _Incomplete(Exception):  # noqa: N818 - no error, more bytes are to come
    pass


def pack(commands: Iterable[Command]) -> bytes:
    """Return the bytes of these commands, to be sent together."""
    packed: list[bytes] = []
    for command in commands:
        packed.append(b"*%d\r\n" % len(command))
        for argument in command:
            text = str(argument).encode()
            packed.append(b"$%d\r\n%b\r\n" % (len(text), text))
    return b"".join(packed)


class Replies:
    """Takes bytes as they come and gives replies when they are whole."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def feed(self, data: bytes) -> None:
        """Add what has been received."""
        self._bytes += data

    def take(self, count: int) -> list[Reply] | None:
        """Return this many replies, or None if they are not there yet.

        Raises:
            OtherProtocolError: these bytes are none.
        """
        self._at = 0
        try:
            replies = [self._reply() for _ in range(count)]
        except _Incomplete:
            return None
        self._bytes = self._bytes[self._at :]
        return replies

    def first_error(self) -> "ReplyError | None":
        """Return the first of the replies that are there, if it is an error."""
        first = self.take(1)
        return first[0] if first and isinstance(first[0], ReplyError) else None

    def _reply(self) -> Reply:
        kind, text = self._line()
        match kind:
            case b"+":
                return text
            case b"-":
                return ReplyError(text.decode("utf-8", "replace"))
            case b":":
                return _number(text)
            case b"$":
                length = _number(text)
                return None if length < 0 else self._exactly(length)
            case b"*":
                length = _number(text)
                return None if length < 0 else [self._reply() for _ in range(length)]
            case _:
                raise OtherProtocolError

    def _line(self) -> tuple[bytes, bytes]:
        if self._at < len(self._bytes) and self._bytes[self._at] not in b"+-:$*":
            raise OtherProtocolError
        end = self._bytes.find(b"\r\n", self._at)
        if end < 0:
            raise _Incomplete
        line = self._bytes[self._at : end]
        self._at = end + 2
        return line[:1], line[1:]

    def _exactly(self, length: int) -> bytes:
        end = self._at + length
        if len(self._bytes) < end + 2:
            raise _Incomplete
        text = self._bytes[self._at : end]
        self._at = end + 2
        return text


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        raise OtherProtocolError from None
