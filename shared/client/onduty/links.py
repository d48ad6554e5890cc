"""The connections to the desk's Redis, behind Sentinel or not: kept, and opened anew when needed.

Every method takes the moment until which it may take. What goes wrong is an `OSError` (away, too
slow), a `ReplyError` (Redis does not want to), an `OtherProtocolError`, or `NoSuchMasterError`.
"""

import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from onduty.address import Place, RedisAddress, SentinelAddress, Tls
from onduty.names import NAMES
from onduty.resp import Command, Replies, Reply, ReplyError, pack
from onduty.tls import TlsWire
from onduty.ways import Way, Wire, left

MOST_LINKS = 100
"""Of one desk and process: a thousand callers on a Redis that takes 0.1 s still end in time."""

IDLE_FOR_S = 15.0
"""Firewalls forget quiet connections without a word: an older one is not trusted."""


class NoSuchMasterError(Exception):
    """Every sentinel that answered knows no master of this name."""


@dataclass
class _Link:
    wire: Wire
    idle_since: float = 0.0

    async def ask(self, commands: Sequence[Command], until: float) -> list[Reply]:
        await self.wire.send(pack(commands), until)
        replies = Replies()
        while True:
            data = await self.wire.receive(until)
            if not data:  # a server says why it closes, and closes before it has all commands
                raise replies.first_error() or ConnectionResetError("the connection was closed")
            replies.feed(data)
            if (taken := replies.take(len(commands))) is not None:
                return taken

    async def log_in(
        self, username: str | None, password: str | None, db: int, until: float
    ) -> None:
        commands: list[Command] = []
        if password is not None:
            commands.append(["AUTH", username, password] if username else ["AUTH", password])
        if db:
            commands.append(["SELECT", db])
        for reply in await self.ask(commands, until) if commands else ():
            if isinstance(reply, ReplyError):
                raise reply


class Links:
    """Asks Redis, over a connection that is free or a new one. Forks and threads may share it."""

    def __init__(
        self, address: RedisAddress | SentinelAddress, new_way: Callable[[int], Way]
    ) -> None:
        self._address = address
        self._new_way = new_way
        self._context = address.tls.context() if address.tls else None
        self._idle: list[_Link] = []
        self._begin()
        self._sentinels = (
            [Place(*host) for host in address.hosts] if isinstance(address, SentinelAddress) else []
        )
        self._master: Place | None = None

    async def ask(self, commands: Sequence[Command], until: float) -> list[Reply]:
        """Return the replies to commands that are sent together.

        A connection that a restarted server has closed, or whose server is a replica by now, is no
        reason to fail: they are sent once more, so they must bear that.
        """
        if self._pid != os.getpid():  # after a fork, connections and turns are our parent's
            self._begin()
        way = self._way
        await way.take_turn(until)
        try:
            if link := self._take_idle():
                try:
                    replies = await self._ask(link, commands, until)
                except TimeoutError:
                    raise
                except OSError:
                    pass
                else:
                    if not _is_read_only(replies):
                        return replies
            return await self._ask(await self._open(until), commands, until)
        finally:
            way.give_turn()

    def close(self) -> None:
        """Give back the connections that nobody is using."""
        idle, self._idle = self._idle, []
        for link in idle:
            link.wire.close()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._way = self._new_way(MOST_LINKS)
        self._idle = []

    async def _ask(self, link: _Link, commands: Sequence[Command], until: float) -> list[Reply]:
        try:
            replies = await link.ask(commands, until)
        except BaseException:
            link.wire.close()
            self._distrust()
            raise
        if _is_read_only(replies):
            link.wire.close()
            self._distrust()
            return replies
        link.idle_since = time.monotonic()
        self._idle.append(link)
        return replies

    def _take_idle(self) -> _Link | None:
        trusted = time.monotonic() - IDLE_FOR_S
        while self._idle:
            try:
                link = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if link.idle_since > trusted:
                return link
            link.wire.close()
        return None

    def _distrust(self) -> None:
        self._master = None
        self.close()

    async def _open(self, until: float) -> _Link:
        address = self._address
        if isinstance(address, RedisAddress):
            place = address.place
        else:
            place = self._master or await self._find_master(address, until)
        try:
            link = await self._connect(place, address.tls, until)
        except OSError:
            self._distrust()
            raise
        try:
            await link.log_in(address.username, address.password, address.db, until)
        except BaseException:
            link.wire.close()
            raise
        return link

    async def _find_master(self, address: SentinelAddress, until: float) -> Place:
        """Ask one sentinel after the other, each for a share of the time that is left."""
        refusal: Exception | None = None
        trouble: OSError = TimeoutError()
        places = list(self._sentinels)
        for number, place in enumerate(places):
            share = left(until) / (len(places) - number + 1)
            try:
                master = await self._master_by(place, address, time.monotonic() + share)
            except OSError as error:
                trouble = error
            except (ReplyError, NoSuchMasterError) as error:
                refusal = error
            else:
                self._sentinels = [place, *(other for other in places if other != place)]
                self._master = master
                return master
        raise refusal or trouble

    async def _master_by(self, place: Place, address: SentinelAddress, until: float) -> Place:
        link = await self._connect(place, address.tls, until)
        try:
            await link.log_in(address.sentinel_username, address.sentinel_password, 0, until)
            (reply,) = await link.ask(
                [["SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master]], until
            )
        finally:
            link.wire.close()
        match reply:
            case ReplyError():
                raise reply
            case [bytes() as host, bytes() as port]:
                return Place(host.decode(), int(port))
            case _:
                raise NoSuchMasterError(f"the sentinels know no master {address.master!r}")

    async def _connect(self, place: Place, tls: Tls | None, until: float) -> _Link:
        wire = await self._wire(place, until)
        if not tls or not self._context:
            return _Link(wire)
        encrypted = TlsWire(wire, self._context, place.host)
        try:
            await encrypted.shake_hands(until)
        except BaseException:
            wire.close()
            raise
        return _Link(encrypted)

    async def _wire(self, place: Place, until: float) -> Wire:
        if place.path:
            return await self._way.connect(socket.AF_UNIX, place.path, until)
        found = await self._way.found(NAMES.ask(place.host, place.port), until)
        trouble: OSError = OSError(f"{place.host} has no address")
        for number, (family, to) in enumerate(found):
            share = left(until) / (len(found) - number)
            try:
                return await self._way.connect(family, to, time.monotonic() + share)
            except OSError as error:
                trouble = error
        raise trouble


def _is_read_only(replies: Sequence[Reply]) -> bool:
    return any(isinstance(reply, ReplyError) and reply.code == "READONLY" for reply in replies)
