"""Listens on a port; if that cannot be, one sentence says which setting to change."""

import asyncio
import errno
import socket
from collections.abc import Callable


class PortTaken(Exception):  # noqa: N818 - its text is shown to a person
    """A port or address cannot be listened on; the text says what to do."""


async def listen(
    protocol: Callable[[], asyncio.BaseProtocol], host: str, port: int, setting: str
) -> asyncio.Server:
    """Listen; `setting` is the beginning of the names of the settings: ONDUTY_WEBHOOK.

    Raises:
        PortTaken: another program listens there, or it is no address of this machine.
    """
    try:
        return await asyncio.get_running_loop().create_server(protocol, host, port)
    except OSError as error:
        advice = f"stop what uses it, or set {setting}_PORT to another"
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            advice = f"set {setting}_HOST to an address of this machine, or to 0.0.0.0"
        raise PortTaken(
            f"cannot listen on {host}, port {port} ({error.strerror}); {advice}"
        ) from error
