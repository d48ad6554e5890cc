"""Becomes a service with what a unit forbids, as far as a process can forbid it to itself.

Started as `python hardened.py UNIT PROGRAM …`: by seccomp the system calls and the families of
sockets, by prctl new privileges and memory that can be written and run, and the limits. What
systemd does by mounts is not tried here: the containers' file system is read-only, too.
"""

import ctypes
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE, _PR_CAPBSET_DROP = 38, 65, 24
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
_EQUAL = 4
_LAST_CAPABILITY = 40


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return each setting of a unit with its values, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def _calls(words: str) -> Iterator[str]:
    for word in words.split():
        if not word.startswith("@"):
            yield word
            continue
        listed = subprocess.run(
            ["systemd-analyze", "syscall-filter", word],  # noqa: S607 - of the PATH
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        lines = (line.strip() for line in listed.splitlines()[1:])
        yield from _calls(" ".join(line for line in lines if line and not line.startswith("#")))


class _Compare(ctypes.Structure):
    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def _filter_calls(allowed: set[str], families: list[str]) -> None:
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_EPERM))
    for name in allowed - {"socket"}:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert library.seccomp_rule_add(context, _ALLOW, number, 0) == 0, name
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        one = _Compare(0, _EQUAL, getattr(socket, family), 0)
        assert library.seccomp_rule_add_array(context, _ALLOW, number, 1, ctypes.byref(one)) == 0
    assert library.seccomp_load(context) == 0


def harden(unit: Path) -> None:
    """Forbid this process, and what it becomes, what the unit forbids."""
    settings = settings_of(unit)
    allowed: set[str] = set()
    for words in settings["SystemCallFilter"]:
        if words.startswith("~"):
            allowed -= set(_calls(words[1:]))
        else:
            allowed |= set(_calls(words))
    files = int(settings["LimitNOFILE"][0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    os.umask(int(settings["UMask"][0], 8))
    libc = ctypes.CDLL(None, use_errno=True)
    if settings["CapabilityBoundingSet"] == [""]:
        for capability in range(_LAST_CAPABILITY + 1):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    assert settings["NoNewPrivileges"] == ["yes"]
    assert libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert settings["MemoryDenyWriteExecute"] == ["yes"]
    libc.prctl(_PR_SET_MDWE, 1, 0, 0, 0)  # Linux before 6.3 has it not
    _filter_calls(allowed, settings["RestrictAddressFamilies"][0].split())


if __name__ == "__main__":
    harden(Path(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program under test
