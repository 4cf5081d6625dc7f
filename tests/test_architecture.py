"""The dependency rule, as a failing test: import contracts, small files, and what importing the window loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT

MAX_LINES = 360
"""A file is one idea; beyond this it is two."""


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_window_loads_neither_torch_nor_openvino() -> None:
    code = "import sys, app.main, app.program; print([m for m in ('torch', 'openvino', 'onnx') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "[]"


def test_files_stay_small() -> None:
    sources = [
        p
        for package in ("app", "inference", "gcnn", "experiments")
        for p in (PROJECT / package).rglob("*.py")
    ]
    assert len(sources) > 100
    too_long = {
        str(p.relative_to(PROJECT)): n for p in sources if (n := len(p.read_text().splitlines())) > MAX_LINES
    }
    assert not too_long


def test_every_module_opens_with_its_idea() -> None:
    sources = [
        p
        for package in ("app", "inference", "gcnn", "experiments")
        for p in (PROJECT / package).rglob("*.py")
    ]
    without = [str(p.relative_to(PROJECT)) for p in sources if not p.read_text().lstrip().startswith('"""')]
    assert not without
