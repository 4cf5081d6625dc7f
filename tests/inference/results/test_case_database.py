"""A file that is not ours to use is refused with advice, and left as it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from inference.errors import CaseFileError
from inference.results.case_database import CaseDatabase
from inference.results.case_schema import APPLICATION_ID, SCHEMA_VERSION, STEPS

FINGERPRINT = "0123456789abcdef" * 2
OTHER = "f" * 32


def refused(path: Path, fingerprint: str = FINGERPRINT) -> CaseFileError:
    with pytest.raises(CaseFileError) as caught:
        CaseDatabase.open(path, fingerprint=fingerprint)
    assert caught.value.advice
    assert str(path.name) in caught.value.where
    return caught.value


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.case"
    CaseDatabase.open(path, fingerprint=FINGERPRINT).close()
    return path


def test_it_is_created_with_missing_folders_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "new.case"
    for _ in range(2):
        CaseDatabase.open(path, fingerprint=FINGERPRINT).close()
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA application_id").fetchone() == (0x45515343,)
        assert plain.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_empty_file_becomes_a_case_file(tmp_path: Path) -> None:
    # What a kill between making the file and its first transaction leaves.
    path = tmp_path / "empty.case"
    path.touch()
    CaseDatabase.open(path, fingerprint=FINGERPRINT).close()
    assert path.stat().st_size > 0


@pytest.mark.parametrize(
    "content",
    [b"x", b"hello, world\n" * 300, b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 4096],
)
def test_a_file_of_another_kind_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.case"
    path.write_bytes(content)
    assert "not a case file" in refused(path).what
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "photos.case"
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE photos (name TEXT)")
    before = path.read_bytes()
    assert "another program" in refused(path).what
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["photos.case"]


def test_a_newer_case_file_is_refused_and_untouched(ours: Path) -> None:
    with closing(sqlite3.connect(ours)) as plain, plain:
        plain.execute("PRAGMA user_version = 99")
    before = ours.read_bytes()
    error = refused(ours)
    assert "newer" in error.what
    assert "99" in error.what
    assert "Update" in error.advice
    assert ours.read_bytes() == before


def test_the_case_file_of_another_slide_is_refused(ours: Path) -> None:
    assert "another slide" in refused(ours, OTHER).what


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.case"
    folder.mkdir()
    assert "folder stands" in refused(folder).what


def test_a_file_in_place_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CaseFileError, match="folder of the case file cannot be made"):
        CaseDatabase.open(tmp_path / "file" / "x.case", fingerprint=FINGERPRINT)


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.95])
def test_a_truncated_case_file_is_reported_not_a_crash(ours: Path, keep: float) -> None:
    tiles = [(row, bytes(784)) for row in range(500)]
    run = "INSERT INTO runs VALUES (1, '', '', '', '', '', '', 1, 1, 1, 1, 1, 'done', 1, 0, 0)"
    with (
        closing(CaseDatabase.open(ours, fingerprint=FINGERPRINT)) as database,
        database.transaction() as connection,
    ):
        connection.execute(run)
        connection.executemany("INSERT INTO heatmap_tiles VALUES (1, ?, 0, 14, 14, 0, ?)", tiles)
    content = ours.read_bytes()
    ours.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(CaseFileError) as caught:
        database = CaseDatabase.open(ours, fingerprint=FINGERPRINT)
        with closing(database):
            database.all("SELECT * FROM heatmap_tiles ORDER BY row")
    assert caught.value.advice


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder with a case file that may not be written; root, who may write anywhere, turns into nobody."""
    if not hasattr(os, "geteuid"):
        pytest.skip("rights work differently on this system")
    # Not tmp_path: pytest closes its folders to other users.
    folder = Path(tempfile.mkdtemp())
    CaseDatabase.open(folder / "ours.case", fingerprint=FINGERPRINT).close()
    (folder / "ours.case").chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    folder.chmod(0o555)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(was)
        folder.chmod(0o755)
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()


def test_a_folder_that_may_not_be_written_is_refused(read_only_folder: Path) -> None:
    assert "cannot be written" in refused(read_only_folder / "new.case").what
    assert "cannot be written" in refused(read_only_folder / "ours.case").what
    assert [each.name for each in read_only_folder.iterdir()] == ["ours.case"]


def test_a_second_writer_waits_and_then_says_so(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.results.case_database.BUSY_SECONDS", 0.05)
    with (
        closing(CaseDatabase.open(ours, fingerprint=FINGERPRINT)) as first,
        closing(CaseDatabase.open(ours, fingerprint=FINGERPRINT)) as second,
        first.transaction(),
        pytest.raises(CaseFileError, match="Another program is writing"),
        second.transaction(),
    ):
        pass


def test_a_full_disk_keeps_what_was_kept_before(ours: Path) -> None:
    with closing(CaseDatabase.open(ours, fingerprint=FINGERPRINT)) as database:
        with database.transaction() as connection:
            connection.execute("UPDATE slide SET mpp_x = 1, mpp_y = 1, mpp_source = 'given'")
        # SQLite's own limit on pages fails with the very code of a full disk.
        pages = database.one("PRAGMA page_count")
        assert pages is not None
        database.one(f"PRAGMA max_page_count = {pages[0]}")
        with (
            pytest.raises(CaseFileError, match="disk of the case file is full"),
            database.transaction() as connection,
        ):
            connection.execute("UPDATE slide SET mpp_source = ?", ("x" * 1_000_000,))
        assert database.one("SELECT mpp_source FROM slide") == ("given",)


def test_an_error_inside_a_transaction_undoes_it_wholly(ours: Path) -> None:
    with closing(CaseDatabase.open(ours, fingerprint=FINGERPRINT)) as database:
        with pytest.raises(ZeroDivisionError), database.transaction() as connection:
            connection.execute("UPDATE slide SET mpp_x = 1, mpp_y = 1, mpp_source = 'given'")
            raise ZeroDivisionError
        assert database.one("SELECT mpp_source FROM slide") == (None,)
        with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
            connection.execute("INSERT INTO reviews VALUES (77, 0, 0, 'open', '')")


def test_a_file_of_version_1_is_taken_to_the_newest_tables(tmp_path: Path) -> None:
    path = tmp_path / "old.case"
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in STEPS[0]:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO slide (only, fingerprint, mpp_x, mpp_y, mpp_source) VALUES (1, ?, 1, 1, 'given')",
        (FINGERPRINT,),
    )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    database = CaseDatabase.open(path, fingerprint=FINGERPRINT)
    assert database.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    assert database.one("SELECT mpp_source FROM slide") == ("given",)
    assert database.all("SELECT * FROM annotations") == []
    assert database.all("SELECT * FROM bookmarks") == []
    database.close()
