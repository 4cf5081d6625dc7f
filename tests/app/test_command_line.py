"""The command line: what it takes, what it refuses, and what it says without a screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.command_line import parse
from app.main import main

PROJECT = Path(__file__).resolve().parents[2]


def test_all_wishes_are_understood() -> None:
    wishes = parse(
        [
            "a b.svs",
            "--scan",
            "--mpp",
            "0.25",
            "--model",
            "m",
            "--screenshot",
            "p.png",
            "--size",
            "1600x1000",
            "--out",
            "o",
        ]
    )
    assert (wishes.slides, wishes.scan, wishes.mpp, wishes.model) == ((Path("a b.svs"),), True, 0.25, "m")
    assert (wishes.screenshot, wishes.size, wishes.out) == (Path("p.png"), (1600, 1000), Path("o"))


@pytest.mark.parametrize(
    "arguments",
    [["--mpp", "abc", "s"], ["--mpp", "-1", "s"], ["--mpp", "nan", "s"], ["--size", "big"], ["--scan"], ["--nope"],
     ["s", "--out", "o"], ["s", "t", "--mpp", "0.25"], ["s", "t", "--scan", "--out", "o"]],
)  # fmt: skip
def test_wishes_that_make_no_sense_exit_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="a missing display is a thing of Linux")
def test_without_a_display_it_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 1
    captured = capsys.readouterr().err
    assert "no display" in captured
    assert captured.count("\n") == 1


def test_importing_the_program_brings_nothing_heavy() -> None:
    code = (
        "import sys, app.main, app.program, app.unattended\n"
        "print(sorted({'torch', 'openvino', 'h5py', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
