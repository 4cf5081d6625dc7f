"""Candidates as the table that the Camelyon16 evaluation reads: no header, `probability,x,y` a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from inference.export.atomic import write_bytes
from inference.results.candidates import Candidate
from inference.slides.frames import SizeL0


def candidates_csv(candidates: Iterable[Candidate], *, size_l0: SizeL0) -> bytes:
    """The table as ASCII, one candidate a line in the order given, lines ending in a line feed.

    x and y are the level-0 pixel that holds the candidate, as integers. The last cells of a grid reach beyond
    the slide; a centre out there is moved to the slide's last pixel, because the evaluation looks the pixel
    up.
    The format has no place for provenance: `summary.json` beside the table carries it.
    Every cell is a number from 0 up, so none can start a formula in a spreadsheet; ValueError for a
    probability outside [0, 1].
    """
    lines = []
    for candidate in candidates:
        if not 0 <= candidate.probability <= 1:
            raise ValueError(f"candidate {candidate.index} has the probability {candidate.probability}")
        x = _pixel(candidate.point_l0.x, size=size_l0.width)
        y = _pixel(candidate.point_l0.y, size=size_l0.height)
        lines.append(f"{_shortest(candidate.probability)},{x},{y}\n")
    return "".join(lines).encode("ascii")


def write_candidates(path: Path, candidates: Iterable[Candidate], *, size_l0: SizeL0) -> None:
    """Writes `candidates_csv` atomically. Raises `ExportError`."""
    write_bytes(path, candidates_csv(candidates, size_l0=size_l0))


def _pixel(position_l0: float, *, size: int) -> int:
    return min(max(math.floor(position_l0), 0), size - 1)


def _shortest(probability: float) -> str:
    """The fewest digits that read back as the same float32, and never an exponent (spreadsheets differ)."""
    return np.format_float_positional(np.float32(probability), trim="0")
