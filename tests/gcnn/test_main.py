"""`equiscope-train`: what a user can mend is one sentence and exit code 2, never a traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gcnn.__main__ import main


def _refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr(sys, "argv", ["equiscope-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


def test_a_model_path_that_looks_like_markup_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "[" / "x]"
    told = _refused(["evaluate", str(folder), "--data", str(tmp_path)], monkeypatch, capsys)
    assert str(folder) in told


def test_settings_that_are_no_object_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text("[1]")
    arguments = ["--network", "p4m-densenet-m", "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    told = _refused(["fit", *arguments, "--config", str(config)], monkeypatch, capsys)
    assert str(config) in told
    assert not (tmp_path / "run").exists()
