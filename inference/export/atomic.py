"""Writing a file wholly or not at all: whatever fails, the old file stays and no half of a new one."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from inference.errors import ExportError


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """Yields a binary file, open to write and read, that takes the place of `path` when the block ends well.

    It lies in the same folder, so that the rename never crosses a file system, and reaches the disk before
    the rename. An error inside the block removes it and leaves `path` as it was. Raises `ExportError`, with
    what to do, for every `OSError`, those of the block included.
    """
    # A short name of its own: the final name may already have the 255 bytes that file systems allow.
    temporary = path.parent / f".equiscope-{secrets.token_hex(8)}.part"
    try:
        try:
            # Not tempfile: its files are private to the user, and a result is to have the usual rights.
            with temporary.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):  # It may not exist, and the first error is the one to tell.
                temporary.unlink()
            raise
    except OSError as error:
        raise _explained(error, path) from error
    _sync_folder(path.parent)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a whole file atomically; see `write_atomically`."""
    with write_atomically(path) as file:
        file.write(data)


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself survive a power cut, where the system can.

    By now the file is written and in place. Windows and some network file systems cannot sync a folder; that
    is no reason to call the export failed.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explained(error: OSError, path: Path) -> ExportError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            what, advice = "The folder to write to does not exist", "Make the folder or choose another one"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            what, advice = "This place cannot be written", "Choose a folder that you may write to"
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            what, advice = (
                "There is no room for the file",
                "Free some space or choose another disk; nothing was changed",
            )
        case errno.EISDIR | errno.EEXIST | errno.ENOTEMPTY:
            what, advice = "A folder stands where the file belongs", "Choose another name"
        case errno.ENAMETOOLONG:
            what, advice = "The name of the file is too long", "Choose a shorter name"
        case _:
            reason = error.strerror or type(error).__name__
            what, advice = f"The file could not be written ({reason})", "Try again or choose another folder"
    return ExportError(what, where=str(path), advice=advice)
