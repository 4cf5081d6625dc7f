"""Mask pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray


def read_mask(path: Path) -> NDArray[np.bool_]:
    """(height, width) of a picture, True where it is not black; typer.BadParameter for what is no picture."""
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise typer.BadParameter(f"{path} is no picture")
    return np.asarray(picture) > 0
