"""Where the program keeps what it writes for itself."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA_HOME_VARIABLE = "EQUISCOPE_DATA_HOME"
"""Environment variable that moves the program's data folder, for tests and machines with a shared home."""


def cache_home() -> Path:
    """The folder of what can be made again at any time; it need not exist yet."""
    home = os.environ.get(DATA_HOME_VARIABLE)
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir("equiscope", appauthor=False))
