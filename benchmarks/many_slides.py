"""Opening and closing a hundred slides in the window: what memory, threads and open files are left.

`python -m benchmarks.many_slides [SLIDE ...] [--count 100]` opens one after the other (without one named: made slides)
in a window without a screen, waits until it is sharp and takes it off the list. Prints one line of JSON; growth is from
after the tenth, when caches are full, to the end.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.program import Program
from benchmarks.viewer import resident_mb
from benchmarks.window import wait_until
from inference.results.case_file import DATA_HOME_VARIABLE
from inference.synthetic.giant_slide import write_giant_slide

WARM = 10


def main() -> None:
    """Opens, closes and counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slides", type=Path, nargs="*")
    parser.add_argument("--count", type=int, default=100)
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[DATA_HOME_VARIABLE] = folder
        paths = wishes.slides or _made(Path(folder))
        application = QApplication([])
        program = Program(application)
        program.window.resize(1920, 1080)
        program.window.show()
        left: list[dict[str, float]] = []
        for number in range(wishes.count):
            _open_and_close(application, program, paths[number % len(paths)])
            if number + 1 in (WARM, wishes.count):
                left.append(_left())
        program.stop()
    first, last = left[0], left[-1]
    print(json.dumps({**last, **{f"{name}_grown": last[name] - first[name] for name in last}}))


def _made(folder: Path) -> list[Path]:
    paths = [folder / f"{number}.tif" for number in range(4)]
    for path in paths:
        write_giant_slide(path)
    return paths


def _open_and_close(application: QApplication, program: Program, path: Path) -> None:
    program.slides.open(path)
    wait_until(application, lambda: program.session.current is not None)
    wait_until(application, program.window.view.is_settled)
    program.list.control.remove(path)
    wait_until(application, lambda: program.session.current is None)
    # The readers end after the reads that were under way.
    wait_until(application, lambda: _readers() == 0)
    # The loop of a running window does this by itself.
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _readers() -> int:
    return sum(thread.name.startswith("tile-reader") for thread in threading.enumerate())


def _left() -> dict[str, float]:
    files = Path("/proc/self/fd")
    return {
        "memory_mb": resident_mb(),
        "threads": threading.active_count(),
        "files": len(list(files.iterdir())) if files.exists() else 0,
    }


if __name__ == "__main__":
    main()
