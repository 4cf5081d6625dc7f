"""Story: on a machine in a hospital nothing that I do makes the program speak to the network or listen to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.support.models import write_model

# Loaded by Python as it starts, in the window's process and in every one that it starts.
WATCH = """
import os, sys
def _note(line):
    with open(os.environ["WATCHED"], "a") as file:
        file.write(f"{os.getpid()} {line}\\n")
def _heard(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        _note(f"{event} {arguments!r} {sys.argv}")
sys.addaudithook(_heard)
_note("watched")
"""


def _watched(tmp_path: Path, *arguments: str) -> list[str]:
    """What was noted while a command ran to its end, without the process numbers' order."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    noted = tmp_path / "noted.txt"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)]),
        "WATCHED": str(noted),
        "QT_QPA_PLATFORM": "offscreen",
        "EQUISCOPE_DATA_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return noted.read_text().splitlines()


def test_a_window_that_scans_never_speaks_to_the_network(tmp_path: Path, slide_path: Path) -> None:
    picture, model = tmp_path / "window.png", str(write_model(tmp_path / "model"))
    noted = _watched(
        tmp_path, "-m", "app", str(slide_path), "--scan", "--model", model, "--screenshot", str(picture)
    )
    assert picture.exists()
    assert len({line.split()[0] for line in noted}) >= 2, "the window and its engine were watched"
    assert [line for line in noted if not line.endswith(" watched")] == []


@pytest.mark.parametrize("spoken", ["socket.create_connection(('127.0.0.1', 9))", "socket.socket().listen()"])
def test_the_watch_hears(tmp_path: Path, spoken: str) -> None:
    words = f"import socket, contextlib\nwith contextlib.suppress(OSError): {spoken}"
    assert any("socket." in line for line in _watched(tmp_path, "-c", words))
