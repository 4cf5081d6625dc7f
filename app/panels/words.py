"""Numbers in words, each with its unit, the same way everywhere in the window."""

from __future__ import annotations

import math

from inference.slides.frames import Mpp

THIN_SPACE = "\u202f"


def count(number: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{number:,}".replace(",", THIN_SPACE)


def counted(number: int, word: str, *, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{count(number)} {word if number == 1 else plural or word + 's'}"


def duration(seconds: float) -> str:
    """Seconds below two minutes, then minutes, then hours."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def roughly(seconds: float) -> str:
    """A duration that is not known well: rounded up to what a clock on the wall tells."""
    if seconds <= 60:
        return f"{max(1, math.ceil(seconds / 5)) * 5} s"
    if seconds <= 7200:
        return f"{math.ceil(seconds / 60)} min"
    return f"{math.ceil(seconds / 1800) / 2:g} h"


def micrometres(mpp: Mpp) -> str:
    """A resolution; both axes only where they differ."""
    if abs(mpp.x - mpp.y) < 1e-4 * mpp.x:
        return f"{mpp.mean:.4g} µm/px"
    return f"{mpp.x:.4g} × {mpp.y:.4g} µm/px"


def millimetres(length_l0: float, um_per_px: float) -> str:
    """A length on the slide."""
    return f"{length_l0 * um_per_px / 1000:.2f}"


def percent(part: float) -> str:
    """A share; a small one with a decimal, so that it does not read as nothing."""
    return f"{part * 100:.1f} %" if 0 < part < 0.1 else f"{part * 100:.0f} %"
