"""What the window remembers from one start to the next."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QSettings

from inference.results.case_file import DATA_HOME_VARIABLE

MAX_RECENT = 8
"""As many as fit the start screen without scrolling on a laptop."""
THEMES = ("system", "dark", "light")


class Settings:
    """Recent slides, open cards, theme; kept in the user's settings, or in the data folder where one is named."""

    def __init__(self) -> None:
        home = os.environ.get(DATA_HOME_VARIABLE)
        self._store = (
            QSettings(str(Path(home) / "settings.ini"), QSettings.Format.IniFormat)
            if home
            else QSettings("Equiscope", "Equiscope")
        )

    def recent(self) -> list[Path]:
        """Slides opened lately, the latest first; whether they still exist is not looked up, as a drive may hang."""
        stored = self._store.value("recent", [])
        # An INI file gives a list of one back as a string.
        paths = stored if isinstance(stored, list) else [stored]
        return [Path(str(path)) for path in paths if path]

    def add_recent(self, path: Path) -> None:
        """Puts a slide first in the list."""
        others = [each for each in self.recent() if each != path]
        self._store.setValue("recent", [str(each) for each in [path, *others][:MAX_RECENT]])

    def forget_recent(self) -> None:
        """Empties the list."""
        self._store.remove("recent")

    def session(self) -> str:
        """The session as stored last, as JSON; empty if there is none."""
        return str(self._store.value("session", ""))

    def set_session(self, text: str) -> None:
        """Stores the session, at once: the program may be killed the next moment."""
        self._store.setValue("session", text)
        self._store.sync()

    def export_choice(self) -> dict[str, object]:
        """What was exported last; empty if nothing was or it cannot be read."""
        try:
            kept = json.loads(str(self._store.value("export", "{}")))
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def set_export_choice(self, choice: dict[str, object]) -> None:
        """Remembers what was exported, as JSON values."""
        self._store.setValue("export", json.dumps(choice))

    def is_open(self, card: str, *, at_first: bool = True) -> bool:
        """Whether a card is unfolded."""
        return self._flag(f"cards/{card}", default=at_first)

    def set_open(self, card: str, is_open: bool) -> None:
        """Remembers whether a card is unfolded."""
        self._store.setValue(f"cards/{card}", is_open)

    def tray_shown(self) -> bool:
        """Whether the slide tray is unfolded."""
        return self._flag("tray", default=True)

    def set_tray_shown(self, shown: bool) -> None:
        """Remembers whether the slide tray is unfolded."""
        self._store.setValue("tray", shown)

    def profile_applied(self) -> bool:
        """Whether slides are shown in the colours that their profile means."""
        return self._flag("colour_profile", default=True)

    def set_profile_applied(self, applied: bool) -> None:
        """Remembers whether colour profiles are applied."""
        self._store.setValue("colour_profile", applied)

    def coverage_shown(self) -> bool:
        """Whether the minimap shows the area looked at."""
        return self._flag("coverage/shown", default=True)

    def coverage_magnification(self) -> float:
        """From which magnification on a look counts; 0 before one was chosen."""
        try:
            return float(str(self._store.value("coverage/magnification", 0)))
        except ValueError:
            return 0.0

    def set_coverage(self, *, shown: bool, magnification: float) -> None:
        """Remembers how the area looked at is shown."""
        self._store.setValue("coverage/shown", shown)
        self._store.setValue("coverage/magnification", magnification)

    def radius_cells(self) -> int | None:
        """How far candidates are apart at least; None before that was chosen."""
        try:
            cells = int(str(self._store.value("radius_cells", "")))
        except ValueError:
            return None
        return cells if cells > 0 else None

    def set_radius_cells(self, cells: int) -> None:
        """Remembers how far candidates are apart at least."""
        self._store.setValue("radius_cells", cells)

    def theme(self) -> str:
        """One of `THEMES`."""
        name = str(self._store.value("theme", "system"))
        return name if name in THEMES else "system"

    def set_theme(self, name: str) -> None:
        """Remembers the theme."""
        self._store.setValue("theme", name)

    def model(self) -> str | None:
        """The model chosen last."""
        name = self._store.value("model")
        return None if name is None else str(name)

    def set_model(self, name: str) -> None:
        """Remembers the model."""
        self._store.setValue("model", name)

    def scan_speed(self, model: str) -> float | None:
        """Cells per second of the last scan with a model, on the device it ran on; None before the first one."""
        try:
            speed = float(str(self._store.value(_speed_key(model), "")))
        except ValueError:
            return None
        return speed if math.isfinite(speed) and speed > 0 else None

    def set_scan_speed(self, model: str, cells_per_second: float) -> None:
        """Remembers how fast a scan was."""
        self._store.setValue(_speed_key(model), cells_per_second)

    def _flag(self, key: str, *, default: bool) -> bool:
        # An INI file gives back "true", other stores give back True.
        return str(self._store.value(key, default)).lower() == "true"


def _speed_key(model: str) -> str:
    """A model may be named by its folder, and slashes make groups of settings."""
    return f"scan_speed/{quote(model, safe='')}"
