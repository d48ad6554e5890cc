"""Keeps the programs running, by supervisord in a session of its own.

A session of its own, because Ctrl-C in a terminal goes to every process at once: here the demo
alone gets it and ends the others in order.
"""

import configparser
import http.client
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from supervisor.xmlrpc import SupervisorTransport

from onduty_demo.starting.plan import Program

STOP_WITHIN_S = 12
"""The services finish what is in flight within ten."""

ANSWERS_WITHIN_S = 10
_ASK_AGAIN_S = 0.05
_ENDING_WITH_PARENT = (sys.executable, "-m", "onduty_demo.starting.ending_with_parent")
GONE = (OSError, http.client.HTTPException, xmlrpc.client.Error)
"""What asking supervisord raises when it has ended, or is about to."""


class ProgramFailed(Exception):  # noqa: N818 - told to a person
    """A program does not stay up; the text says which, and where to read why."""


class Supervisor:
    """Supervisord as a context manager: leaving it ends every program.

    It ends with the demo, and every program with it, even if one is killed with SIGKILL (on Linux).
    """

    def __init__(
        self,
        folder: Path,
        socket: Path,
        programs: Iterable[Program],
        environment: Mapping[str, str],
    ) -> None:
        self.config = folder / "supervisord.conf"
        self._log = folder / "log"
        self._programs = tuple(programs)
        self._environment = environment
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.mkdir(parents=True, exist_ok=True)
        with self.config.open("w") as file:
            self._settings().write(file)
        with (self._log / "supervisor.out").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                [
                    *(*_ENDING_WITH_PARENT, "SIGTERM"),  # it ends the programs in order
                    *(sys.executable, "-m", "supervisor.supervisord", "--configuration"),
                    self.config,
                ],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_answers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for program in self._programs:
            if not program.is_needed:  # they end first, side by side; then what they need
                with suppress(*GONE):
                    self._ask("stopProcess", program.name, False)  # noqa: FBT003 - do not wait
        if self._process:
            self._process.terminate()
            self._wait_until_it_has_ended(self._process)

    def start(self, program: Program) -> None:
        """Start a program; from now on it is started again whenever it ends."""
        wait = False
        self._ask("startProcess", program.name, wait)

    def check(self) -> None:
        """Raise `ProgramFailed` if a started program does not stay up."""
        try:
            states = cast("list[dict[str, str]]", self._ask("getAllProcessInfo"))
        except GONE:
            raise ProgramFailed(f"supervisord has ended; see {self._log}") from None
        for state in states:
            if state["statename"] == "FATAL":
                log = self._log / f"{state['name']}.log"
                lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                raise ProgramFailed(f"{state['name']} keeps ending: {lines[-1]} (more in {log})")

    def _ask(self, method: str, *arguments: object) -> object:
        return ask(self._socket, method, *arguments)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                self._ask("getState")
            except GONE:
                has_ended = self._process is not None and self._process.poll() is not None
                if has_ended or time.monotonic() > deadline:
                    raise ProgramFailed(f"supervisord did not start; see {self._log}") from None
                time.sleep(_ASK_AGAIN_S)
            else:
                return

    def _wait_until_it_has_ended(self, process: subprocess.Popen[bytes]) -> None:
        """Ask it meanwhile: it looks which programs have ended when asked, else once a second."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ASK_AGAIN_S)
                return
            with suppress(*GONE):
                self._ask("getState")

    def _settings(self) -> configparser.RawConfigParser:
        settings = configparser.RawConfigParser()
        settings["unix_http_server"] = {"file": str(self._socket), "chmod": "0700"}
        settings["supervisord"] = {
            "nodaemon": "true",
            "umask": "077",
            "silent": "true",
            "logfile": _escaped(self._log / "supervisord.log"),
            "pidfile": _escaped(self._socket.with_suffix(".pid")),
        }
        settings["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        settings["supervisorctl"] = {"serverurl": f"unix://{self._socket}"}
        for number, program in enumerate(self._programs):
            settings[f"program:{program.name}"] = {
                # Nobody is left who would wait for it, and Redis ends at the same time.
                "command": " ".join(
                    f'"{_escaped(part)}"'
                    for part in (*_ENDING_WITH_PARENT, "SIGKILL", *program.command)
                ),
                "directory": _escaped(self.config.parent),
                "autostart": "false",
                "autorestart": "true",
                "startsecs": "10",  # a busy machine may take so long to find out what is wrong
                "startretries": "2",
                "priority": str(number),  # stopped in the reverse order: Redis last
                "stopwaitsecs": str(STOP_WITHIN_S),
                "stopasgroup": "true",
                "killasgroup": "true",
                "redirect_stderr": "true",
                "stdout_logfile": _escaped(self._log / f"{program.name}.log"),
                "stdout_logfile_maxbytes": "10MB",
                "stdout_logfile_backups": "1",
            }
        return settings


def ask(socket: Path, method: str, *arguments: object) -> object:
    """Ask the supervisor that listens on this socket; raises one of `GONE` when none does."""
    with closing(SupervisorTransport(None, None, f"unix://{socket}")) as transport:
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        return getattr(proxy.supervisor, method)(*arguments)


def _escaped(part: object) -> str:
    return str(part).replace("%", "%%")
