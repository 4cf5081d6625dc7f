"""Other processes of this program: each runs the code that this one runs, also from the source folder."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QProcessEnvironment

import inference


def own_environment() -> QProcessEnvironment:
    """This process's environment, in which Python finds the modules that this process found."""
    environment = QProcessEnvironment.systemEnvironment()
    root = str(Path(inference.__file__).parent.parent)
    known = environment.value("PYTHONPATH")
    environment.insert("PYTHONPATH", os.pathsep.join([root, known]) if known else root)
    return environment
