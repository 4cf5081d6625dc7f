"""Which resolution of a slide is believed: the user's, then the file's if a microscope could have made it."""

from __future__ import annotations

import math

from inference.errors import MissingMppError, SlideError
from inference.slides.frames import Mpp
from inference.slides.slide import SlideInfo

FINEST_MPP = 0.05
"""Below the diffraction limit of light by a factor of four: no slide scanner samples finer."""
COARSEST_MPP = 50.0
"""Coarser than a macro picture of the whole slide; 72, 96 and 300 dpi (352.8, 264.6 and 84.7 um), which
programs write where they know nothing, lie above."""


def is_plausible(value_um: float) -> bool:
    """Whether a microscope could have made pixels of this size."""
    return math.isfinite(value_um) and FINEST_MPP <= value_um <= COARSEST_MPP


def settle_resolution(
    stated: tuple[float, float] | None, *, given: Mpp | None
) -> tuple[Mpp | None, str, tuple[str, ...]]:
    """The resolution to use, its source ("given", "file" or "missing") and what the user should know of it.

    Args:
        stated: what the file says, in micrometres per level-0 pixel along x and y; None if it says nothing.
        given: the user's word, which is authoritative.

    Raises SlideError for a given value no microscope can have.
    """
    believed = Mpp(*stated) if stated is not None and all(map(is_plausible, stated)) else None
    if given is not None:
        if not (is_plausible(given.x) and is_plausible(given.y)):
            raise SlideError(
                f"A resolution of {_um(given)} is not possible",
                advice=f"Give {FINEST_MPP} to {COARSEST_MPP:g} um per pixel, e.g. 0.25 for a 40x scan",
            )
        differs = believed is not None and not (
            math.isclose(given.x, believed.x, rel_tol=0.01)
            and math.isclose(given.y, believed.y, rel_tol=0.01)
        )
        notices = (
            (f"The file states {_um(believed)}; the given {_um(given)} is used.",)
            if differs and believed
            else ()
        )
        return given, "given", notices
    if believed is not None:
        return believed, "file", ()
    if stated is None:
        return None, "missing", ()
    return (
        None,
        "missing",
        (f"The file states {_um(Mpp(*stated))}, which no microscope makes; it is not used.",),
    )


def require_mpp(info: SlideInfo) -> Mpp:
    """The slide's resolution; without one, MissingMppError with advice for window and command line."""
    if info.mpp is None:
        raise MissingMppError(
            "The slide states no resolution that can be trusted",
            where=str(info.path),
            advice="Give its micrometres per pixel in the slide's information, or on the command line with "
            "--mpp, e.g. --mpp 0.25 for a 40x scan or --mpp 0.5 for 20x",
        )
    return info.mpp


def _um(mpp: Mpp) -> str:
    """Both axes in words, once if they agree."""
    if mpp.x == mpp.y:
        return f"{mpp.x:.4g} um per pixel"
    return f"{mpp.x:.4g} x {mpp.y:.4g} um per pixel"
