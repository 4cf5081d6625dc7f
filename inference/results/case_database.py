"""The database under a case file: opened if it is ours, written in transactions, its errors explained."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference.errors import CaseFileError
from inference.results.case_schema import APPLICATION_ID, SCHEMA_VERSION, create_tables, migrate

BUSY_SECONDS = 10.0
"""How long a writer waits for another: far longer than any transaction here, far shorter than patience."""


_SQLITE_MAGIC = b"SQLite format 3\x00"


class CaseDatabase:
    """A connection to one slide's case file; see `CaseFile` for what it promises.

    Attributes:
        path: the file.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, fingerprint: str) -> CaseDatabase:
        """Opens a slide's case file, created if missing or empty; see `CaseFile.open` for the errors."""
        return cls(_connect(path, fingerprint=fingerprint), path)

    def close(self) -> None:
        """Lets the file go."""
        self._connection.close()

    @contextmanager
    def transaction(self, *, lasting: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction, undone as a whole by any error.

        Kill -9 never loses a commit, as the operating system holds the pages by then; only a power cut can.
        `lasting` commits wait for the disk (synchronous FULL): what a user decided cannot be computed again.
        Tiles do not wait (NORMAL): some 10 ms for each would hold up a GPU.
        """
        with _translated_errors(self.path):
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            # Taking the write lock at once makes a second writer wait instead of fail midway.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def all(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Every row that a statement answers."""
        with _translated_errors(self.path):
            return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """The first row that a statement answers, None if it answers nothing."""
        with _translated_errors(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        return row


def _connect(path: Path, *, fingerprint: str) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaseFileError(
            "The folder of the case file cannot be made",
            where=str(path.parent),
            advice="Choose a folder that you may write to",
        ) from error
    if path.is_dir():
        raise CaseFileError(
            "A folder stands where the case file belongs", where=str(path), advice="Choose another name"
        )
    _refuse_other_files(path)
    with _translated_errors(path):
        # No isolation level: transactions begin where the code says so. The owner may move between threads.
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _create_if_empty(connection, fingerprint)
            _check(connection, path, fingerprint)
            _migrate_if_old(connection)
            _configure(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _refuse_other_files(path: Path) -> None:
    """Refuses a file that is not SQLite's, before SQLite takes a very short one for empty."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise CaseFileError(
            "The case file cannot be read", where=str(path), advice="Allow reading it or choose another name"
        ) from error
    if start and start != _SQLITE_MAGIC:
        raise CaseFileError(
            "This file is not a case file",
            where=str(path),
            advice="Choose another name or move the file away",
        )


@contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite raises into a `CaseFileError` with advice."""
    try:
        yield
    except sqlite3.IntegrityError:
        # A row that contradicts another, such as a tile of no run, is the caller's mistake, not the file's.
        raise
    except sqlite3.Error as error:
        what, advice = _explain(error)
        raise CaseFileError(what, where=str(path), advice=advice) from error


def _explain(error: sqlite3.Error) -> tuple[str, str]:
    """(what, advice) for an error of SQLite, by the primary part of its result code."""
    code = _code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return "This file is not a case file", "Choose another name or move the file away"
    if code == sqlite3.SQLITE_CORRUPT:
        return "The case file is damaged", "Move the file away and scan the slide again"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return (
            "The case file or its folder cannot be written",
            "Allow writing there or choose another folder for case files",
        )
    if code == sqlite3.SQLITE_FULL:
        return "The disk of the case file is full", "Free some space; nothing kept so far is lost"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "Another program is writing to the case file", "Close it and try again"
    return (
        f"The case file cannot be used ({error})",
        "Try again, or move the file away and scan the slide again",
    )


def _code(error: sqlite3.Error) -> int:
    """The primary part of the result code, SQLITE_ERROR where Python's wrapper itself complains."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _create_if_empty(connection: sqlite3.Connection, fingerprint: str) -> None:
    if _number(connection, "page_count") > 0:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have created it between the look and the lock. Pages no longer tell, since the
        # lock itself made the first.
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            create_tables(connection, fingerprint)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection, path: Path, fingerprint: str) -> None:
    if _number(connection, "application_id") != APPLICATION_ID:
        raise CaseFileError(
            "This file belongs to another program",
            where=str(path),
            advice="Choose another name or move the file away",
        )
    version = _number(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise CaseFileError(
            f"A newer Equiscope wrote this case file (format {version}, this one knows {SCHEMA_VERSION})",
            where=str(path),
            advice="Update Equiscope, or choose another name for a new case file",
        )
    row = connection.execute("SELECT fingerprint FROM slide").fetchone()
    if row is None or row[0] != fingerprint:
        raise CaseFileError(
            "This case file belongs to another slide",
            where=str(path),
            advice="Open the slide it was made for, or choose another name for this one",
        )


def _migrate_if_old(connection: sqlite3.Connection) -> None:
    """Takes an older file to the newest tables in one transaction: a kill midway leaves it as it was."""
    if _number(connection, "user_version") == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Looked at again under the lock: another process may have been first.
        migrate(connection, _number(connection, "user_version"))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    # Off by default in SQLite, and per connection.
    connection.execute("PRAGMA foreign_keys = ON")
    mode = _switch_to_wal(connection)
    if mode != "wal":
        raise CaseFileError(
            f"The file system of the case file does not support SQLite's write-ahead log (it gives {mode!r})",
            where=str(path),
            advice="Choose a folder on a local disk",
        )


def _switch_to_wal(connection: sqlite3.Connection) -> str:
    """The journal mode reached. SQLite does not wait for a lock here, as it does elsewhere."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)  # Another process is creating the file at this moment: milliseconds.
