"""A file of small JSON rows that is true after each call, whenever the process is killed."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from onduty_sandbox.wire.json_types import Json, as_object

# Raised when the rows change their meaning; an older file is refused rather than misread.
FORM = 1


class StoreRefused(Exception):  # noqa: N818 - told to a person
    """The file cannot be used, in one sentence."""


class Store:
    """Rows by kind and key.

    Raises:
        StoreRefused: the file is in use, is no store, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=2)
            self._prepare()
        except sqlite3.Error as error:
            raise StoreRefused(
                f"cannot keep the state in {path} ({error}): end what uses it, "
                "name another file with --state, or remove it to start afresh."
            ) from error

    def put(self, kind: str, key: str, value: Json) -> None:
        """Write a row, or another value of it."""
        self._connection.execute(
            "INSERT INTO row VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, key, json.dumps(value, ensure_ascii=False)),
        )

    def drop(self, kind: str, key: str) -> None:
        """Forget a row, if it is there."""
        self._connection.execute("DELETE FROM row WHERE kind = ? AND key = ?", (kind, key))

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute("DELETE FROM row")

    def rows(self, kind: str) -> Iterator[tuple[str, Json]]:
        """All rows of a kind, in the order they were first written."""
        found = self._connection.execute(
            "SELECT key, value FROM row WHERE kind = ? ORDER BY rowid", (kind,)
        )
        for key, value in found.fetchall():
            yield key, as_object(json.loads(value))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _prepare(self) -> None:
        execute = self._connection.execute
        # One sandbox a file; what a kill interrupts is the system's to write, a power cut may lose.
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = OFF")
        form = execute("PRAGMA user_version").fetchone()[0]
        if form not in (0, FORM):
            raise sqlite3.DatabaseError(f"it has form {form}, this sandbox reads {FORM}")
        execute(
            "CREATE TABLE IF NOT EXISTS row (kind TEXT, key TEXT, value TEXT, UNIQUE (kind, key))"
        )
        execute(f"PRAGMA user_version = {FORM}")
