"""Settings outlive the program, and live where the tests' home is."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import MAX_RECENT, Settings
from inference.results.case_file import DATA_HOME_VARIABLE


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(tmp_path))
    return tmp_path


def test_defaults() -> None:
    settings = Settings()
    assert settings.recent() == []
    assert settings.is_open("layers")
    assert settings.tray_shown()
    assert settings.theme() == "system"
    assert settings.model() is None


def test_everything_is_found_again() -> None:
    first = Settings()
    first.add_recent(Path("/slides/é 1.svs"))
    first.set_open("layers", False)
    first.set_tray_shown(False)
    first.set_theme("light")
    first.set_model("m")
    again = Settings()
    assert again.recent() == [Path("/slides/é 1.svs")]
    assert not again.is_open("layers")
    assert not again.tray_shown()
    assert (again.theme(), again.model()) == ("light", "m")


def test_recent_slides_are_few_without_repeats_and_the_latest_first() -> None:
    settings = Settings()
    for number in [*range(MAX_RECENT + 3), 5]:
        settings.add_recent(Path(f"/{number}.svs"))
    names = [path.name for path in settings.recent()]
    assert len(names) == MAX_RECENT == len(set(names))
    assert names[:2] == ["5.svs", f"{MAX_RECENT + 2}.svs"]


def test_an_unknown_theme_is_the_systems() -> None:
    settings = Settings()
    settings.set_theme("purple")
    assert settings.theme() == "system"


def test_the_speed_of_scans_is_kept_for_each_model_and_nonsense_is_none() -> None:
    first = Settings()
    first.set_scan_speed("p4m-densenet-m", 130.5)
    first.set_scan_speed("/models/é/my model", 7.0)
    second = Settings()
    assert second.scan_speed("p4m-densenet-m") == 130.5
    assert second.scan_speed("/models/é/my model") == 7.0
    assert second.scan_speed("another") is None
    for nonsense in (0.0, -1.0, float("nan"), float("inf")):
        first.set_scan_speed("p4m-densenet-m", nonsense)
        assert first.scan_speed("p4m-densenet-m") is None
