"""Calls the scripts as functions of a library that Redis keeps (Redis 7.0, FUNCTION LOAD).

By EVALSHA Redis would build each part of a script anew at each call, which took 70 to 210 µs where
an empty script takes 4. Each version of the desk has libraries of its own, so versions run side by
side; a library that Redis does not have, or no longer, is loaded with the next call.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.lua.loader import library, package_of

Argument = str | bytes | int | float

_MOST_TIMES = 3
"""So often a library is loaded that other versions, which start meanwhile, delete again."""


class Script:
    """A script of the desk or of a service, by its name."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._library = library(package_of(name))
        self._function = self._library.function(name)

    async def __call__(self, args: Sequence[Argument] = ()) -> Any:
        """Return what the script returns; raises redis-py's errors."""
        for _ in range(_MOST_TIMES):
            try:
                return await self._redis.fcall(self._function, 0, *args)
            except ResponseError as error:
                if not _is_unknown(error):
                    raise
            await self._redis.function_load(self._library.text, replace=True)
        return await self._redis.fcall(self._function, 0, *args)


class BlockingScript:
    """The same over a blocking client."""

    def __init__(self, redis: BlockingRedis, name: str) -> None:
        self._redis = redis
        self._library = library(package_of(name))
        self._function = self._library.function(name)

    def __call__(self, args: Sequence[Argument] = ()) -> Any:
        """Return what the script returns; raises redis-py's errors."""
        try:
            return self._redis.fcall(self._function, 0, *args)
        except ResponseError as error:
            if not _is_unknown(error):
                raise
        self._redis.function_load(self._library.text, replace=True)
        return self._redis.fcall(self._function, 0, *args)


def script(redis: Redis, name: str) -> Script:
    """Return a callable script."""
    return Script(redis, name)


async def install(redis: Redis, package: str) -> None:
    """Let Redis have a package's library of this version, and no other.

    A process of another version that still runs loads its own again with its next call.
    """
    ours = library(package)
    found = await redis.function_list(f"{package}_*")
    names = {_library_name(entry) for entry in cast("list[list[Any] | dict[str, Any]]", found)}
    if ours.name not in names:
        await redis.function_load(ours.text, replace=True)
    for name in names - {ours.name}:
        with suppress(ResponseError):  # another process was faster
            await redis.function_delete(name)


def _library_name(entry: list[Any] | dict[str, Any]) -> str:
    """Read an entry of FUNCTION LIST: pairs in RESP2, a map in RESP3."""
    fields = entry if isinstance(entry, dict) else dict(zip(entry[::2], entry[1::2], strict=True))
    return str(fields["library_name"])


def _is_unknown(error: ResponseError) -> bool:
    return "Function not found" in str(error)
