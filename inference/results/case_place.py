"""Case files on the move: whose slide one is, where that slide lies here, and a copy to give away."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from inference.errors import CaseFileError, SlideError
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_schema import APPLICATION_ID
from inference.slides.open_slide import open_slide

CASE_SUFFIX = ".case"
SLIDE_SUFFIXES = frozenset(
    [
        *(".svs", ".tif", ".tiff", ".ndpi", ".scn", ".mrxs", ".bif", ".dcm", ".svslide", ".vms", ".vmu"),
        *(".czi", ".png", ".jpg", ".jpeg", ".bmp"),
    ]
)
MAX_FILES_TRIED = 2000
"""Opening one reads a few megabytes; so many take a minute from a slow drive."""


def fingerprint_of_case(path: Path) -> str:
    """The slide's fingerprint that a case file bears. Raises CaseFileError for anything else."""
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(16) == b"SQLite format 3\x00"
        if is_sqlite:
            # Read-only, so that looking changes nothing, not even a stranger's file.
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                if connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,):
                    return str(connection.execute("SELECT fingerprint FROM slide").fetchone()[0])
    except (OSError, sqlite3.Error, TypeError) as error:
        raise CaseFileError(
            "The case file cannot be read", where=str(path), advice="Check that it exists and may be read"
        ) from error
    raise CaseFileError("This file is not a case file", where=str(path), advice="Choose a .case file")


def open_case(path: Path) -> CaseFile:
    """Opens an existing case file without its slide. Raises CaseFileError."""
    return CaseFile.open(path, fingerprint=fingerprint_of_case(path))


def find_slide(fingerprint: str, folders: Iterable[Path]) -> Path | None:
    """The slide of a fingerprint among the files of some folders, wherever it lay when the case was made."""
    tried = 0
    for folder in folders:
        with suppress(OSError):
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in SLIDE_SUFFIXES and path.is_file() and tried < MAX_FILES_TRIED:
                    tried += 1
                    with suppress(SlideError):
                        slide = open_slide(path)
                        slide.close()
                        if slide.info.fingerprint == fingerprint:
                            return path
    return None


def find_case(fingerprint: str, folder: Path) -> Path | None:
    """A case file of that slide in a folder, such as one saved beside it on another machine; None if there is none."""
    with suppress(OSError):
        for path in sorted(folder.glob(f"*{CASE_SUFFIX}")):
            with suppress(CaseFileError):
                if fingerprint_of_case(path) == fingerprint:
                    return path
    return None


def adopt_case(path: Path, folders: Iterable[Path]) -> Path:
    """Keeps a case from elsewhere as this machine's own case of its slide; answers where the slide lies in the folders.

    Raises CaseFileError where the slide is in none of them, or this machine has a case of it already.
    """
    fingerprint = fingerprint_of_case(path)
    slide = find_slide(fingerprint, folders)
    if slide is None:
        raise CaseFileError(
            "The slide of this case was not found", where=str(path), advice="Put the case beside its slide"
        )
    own = default_case_path(fingerprint)
    if not own.exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        save_copy(path, own)
    elif not own.samefile(path):
        raise CaseFileError(
            "This machine has a case of that slide already",
            where=str(own),
            advice="It was left as it is; move it away to take the other one",
        )
    return slide


def save_copy(case_path: Path, target: Path) -> None:
    """Writes a case as it is at this moment to another place, wholly or not at all; the case may be in use.

    Raises CaseFileError.
    """
    temporary = target.parent / f".equiscope-{secrets.token_hex(8)}.part"
    try:
        if target.exists() and case_path.exists() and target.samefile(case_path):
            raise CaseFileError(
                "A case cannot be copied onto itself", where=str(target), advice="Choose another place"
            )
        uri = f"{case_path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(temporary)) as copy:
            source.backup(copy)
            # One file to give away, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise CaseFileError(
            f"The copy could not be written ({error})", where=str(target), advice="Choose another place"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
