"""Whatever step of a write fails, the old file stays as it was and nothing else is left in the folder."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inference.errors import ExportError
from inference.export.atomic import write_atomically, write_bytes

OLD = b"the old content"
NEW = b"the new content, longer than the old one"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    path.write_bytes(OLD)
    return path


def assert_untouched(target: Path) -> None:
    assert target.read_bytes() == OLD
    assert [each.name for each in target.parent.iterdir()] == [target.name]


def test_a_new_file_appears_with_its_content(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    write_bytes(path, NEW)
    assert path.read_bytes() == NEW
    assert [each.name for each in tmp_path.iterdir()] == ["new.json"]


def test_an_old_file_is_replaced_only_when_the_block_ends(target: Path) -> None:
    with write_atomically(target) as file:
        file.write(NEW)
        file.flush()
        assert target.read_bytes() == OLD
        file.seek(0)
        assert file.read() == NEW
    assert target.read_bytes() == NEW
    assert [each.name for each in target.parent.iterdir()] == [target.name]


@pytest.mark.skipif(os.name != "posix", reason="rights work differently on this system")
def test_the_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_bytes(tmp_path / "ours", NEW)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("name", ["with space", "ä ö é", "组织", "🔬", "n" * 255, "-rf", ".hidden"])
def test_any_name_that_the_file_system_takes(tmp_path: Path, name: str) -> None:
    write_bytes(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW


@pytest.mark.parametrize("error", [ValueError("mistake"), KeyboardInterrupt()])
def test_an_error_of_the_block_comes_out_as_it_is(target: Path, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, write_atomically(target) as file:
        file.write(NEW)
        raise error
    assert caught.value is error
    assert_untouched(target)


def failing(real: Callable[..., Any], countdown: list[int], code: int) -> Callable[..., Any]:
    """`real`, until the countdown of all failing functions together has run out."""

    def call(*arguments: Any, **options: Any) -> Any:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    return call


# What a write asks of the system, besides writing; os.open serves the folder.
STEPS: tuple[tuple[Any, str], ...] = ((Path, "open"), (os, "open"), (os, "fsync"), (Path, "replace"))


# The steps before the file is in its place: making it, three writes, syncing it, renaming it.
@pytest.mark.parametrize("step", range(1, 7))
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_failing_at_any_step_keeps_the_old_file(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: int, code: int
) -> None:
    countdown = [step]
    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, failing(getattr(owner, name), countdown, code))
    with pytest.raises(ExportError) as caught, write_atomically(target) as file:
        write = failing(file.write, countdown, code)
        for _ in range(3):
            write(NEW)
    assert caught.value.advice
    assert str(target) in caught.value.where
    assert isinstance(caught.value.__cause__, OSError)
    assert_untouched(target)


def test_the_steps_above_are_all_there_are(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    countdown = [100]
    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, failing(getattr(owner, name), countdown, errno.EIO))
    with write_atomically(target) as file:
        for _ in range(3):
            failing(file.write, countdown, errno.EIO)(NEW)
    # Six, and then opening and syncing the folder, which may fail without harm.
    assert 100 - countdown[0] == 6 + (2 if os.name == "posix" else 1)


def test_a_folder_that_cannot_be_synced_is_no_failure(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    countdown = [4]  # open, sync, rename; then opening the folder
    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, failing(getattr(owner, name), countdown, errno.EINVAL))
    write_bytes(target, NEW)
    assert countdown[0] <= 0
    assert target.read_bytes() == NEW


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes")
@pytest.mark.parametrize("room", [0, 1, 4096, 99_999])
def test_a_disk_that_fills_up_keeps_the_old_file(target: Path, room: int) -> None:
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(ExportError, match="no room"):
            write_bytes(target, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert_untouched(target)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="folder to write to does not exist"):
        write_bytes(tmp_path / "missing" / "x.json", NEW)
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="folder to write to does not exist"):
        write_bytes(tmp_path / "file" / "x.json", NEW)


def test_a_folder_in_place_of_the_file_stays(tmp_path: Path) -> None:
    folder = tmp_path / "x.json"
    folder.mkdir()
    with pytest.raises(ExportError):
        write_bytes(folder, NEW)
    assert folder.is_dir()
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="too long"):
        write_bytes(tmp_path / ("n" * 256), NEW)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder with a file that may not be written; root, who may write anywhere, turns into nobody."""
    if not hasattr(os, "geteuid"):
        pytest.skip("rights work differently on this system")
    # Not tmp_path: pytest closes its folders to other users.
    folder = Path(tempfile.mkdtemp())
    (folder / "result.json").write_bytes(OLD)
    (folder / "result.json").chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
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


def test_a_read_only_folder_is_named_and_untouched(read_only_folder: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written"):
        write_bytes(read_only_folder / "result.json", NEW)
    assert_untouched(read_only_folder / "result.json")


@pytest.mark.skipif(os.name != "posix", reason="links need rights on this system")
def test_a_link_is_replaced_and_never_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(OLD)
    (tmp_path / "chosen").mkdir()
    link = tmp_path / "chosen" / "result.json"
    link.symlink_to(outside)
    write_bytes(link, NEW)
    assert outside.read_bytes() == OLD
    assert link.read_bytes() == NEW
