"""Reads what an RQ job asks for from the bytes of its hash.

RQ's own reader raises on a date in another ISO form, an unknown status or an invalid number; these
fields do not matter here. Only the field `data` is read, and nothing in it is ever executed.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from onduty.wire import NOTIFY_OPERATORS, ROUTE

MOST_BYTES = 8 * 1024 * 1024
"""Ten times the longest possible message; a small compressed job could expand to gigabytes."""

MOST_DIGITS = 20
"""A longer integer is not valid in a message; the field counts as empty."""

_PICKLED = b"\x80"
_FORM = f'["{NOTIFY_OPERATORS}", null, [message], {{}}]'


@dataclass(frozen=True)
class WakeUp:
    """Route whatever has been accepted."""


@dataclass(frozen=True)
class Pushed:
    """Accept this customer message, which is not validated yet."""

    message: object


@dataclass(frozen=True)
class Missing:
    """The job's hash does not exist: not written yet, expired, or done before."""


@dataclass(frozen=True)
class Unusable:
    """It cannot be used, and why; what may be a customer's message is kept."""

    reason: str
    message: object = None
    data: bytes = b""


Asks = WakeUp | Pushed | Missing | Unusable


def asks_of(fields: Mapping[bytes, bytes]) -> Asks:
    """Return what the job with this hash asks for. Never raises."""
    if not fields:
        return Missing()
    packed = fields.get(b"data")
    if not packed:
        return Unusable('the job has no `data`; push it with RQ and serializer="json"')
    data = unpacked(packed)
    if len(data) > MOST_BYTES:
        return Unusable(f"its data is larger than {MOST_BYTES // 1024 // 1024} MB", data=data)
    if data.startswith(_PICKLED):
        return Unusable(
            'its data is pickled, which could run any code here; push it with serializer="json"',
            data=data,
        )
    return _asks_of_json(data)


def _asks_of_json(data: bytes) -> Asks:
    try:
        call = json.loads(data.decode("utf-8-sig"), parse_int=_whole, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return Unusable(f'its data is no JSON; push it with serializer="json": {_FORM}', data=data)
    if not isinstance(call, list) or len(call) != len(("function", "instance", "args", "kwargs")):
        return Unusable(f"its data is JSON of another form; expected is {_FORM}", call)
    function, _, args, kwargs = call
    return _call(function, args, kwargs)


def _call(function: object, args: object, kwargs: object) -> Asks:
    """Read a function call; the message may be a positional or a keyword argument."""
    if function == ROUTE:
        return WakeUp()
    if not args and isinstance(kwargs, dict) and kwargs:
        given: object = [next(iter(kwargs.values())) if len(kwargs) == 1 else kwargs]
    else:
        given = [*args, kwargs] if isinstance(args, list) and kwargs else args
    is_one = isinstance(given, list) and len(given) == 1
    message = given[0] if isinstance(given, list) and is_one else given
    if function != NOTIFY_OPERATORS:
        name = repr(function[:100]) if isinstance(function, str) else "something that is no name"
        return Unusable(f"it calls {name}, which does not run here; push {_FORM}", message)
    if not is_one:
        return Unusable(f"it needs one argument, the message as a JSON object: {_FORM}", message)
    return Pushed(message)


def unpacked(packed: bytes) -> bytes:
    """Return a job's data, decompressed up to one byte more than `MOST_BYTES`."""
    try:
        return zlib.decompressobj().decompress(packed, MOST_BYTES + 1)
    except zlib.error:  # RQ accepts uncompressed data too
        return packed


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None
