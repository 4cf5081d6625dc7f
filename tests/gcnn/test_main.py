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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "--network", "nope", "--data", "D", "--out", "OUT"], "no network 'nope'; known are"),
        (["fit", "--network", "p4m-densenet-m", "--data", "D", "--out", "OUT", "--regime", "7"], "regime: "),
        (["ship", "EMPTY", "--data", "D", "--out", "OUT"], "EMPTY is not a run: it holds no config.json"),
        (["fit", "--network", "densenet", "--data", "D", "--out", "O", "--config", "NONE"], "NONE: No such"),
        (
            ["fit", "--network", "densenet", "--start", "p4m-densenet-m-int8", "--data", "D", "--out", "OUT"],
            "in 8 bits",
        ),
    ],
)
def test_each_mistake_is_one_line_for_a_user_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    told = _refused(arguments, monkeypatch, capsys)
    assert sentence in told
    assert len(told.strip().splitlines()) == 1
    assert not any(word in told for word in ("pydantic", "Errno", "Value error"))
    assert not list(tmp_path.iterdir())
