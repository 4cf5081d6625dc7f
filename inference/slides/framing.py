"""A slide framed for a model: the resolution it is taken at, its grid of cells, its pixels at the model's scale."""

from __future__ import annotations

from dataclasses import dataclass

from inference.slides.frames import Mpp
from inference.slides.grid import TileGrid
from inference.slides.plane import ModelPlane, settle_mpp
from inference.slides.resolution import require_mpp
from inference.slides.slide import Slide


@dataclass(frozen=True, slots=True)
class Framing:
    """What every computation on a slide begins with.

    Attributes:
        mpp: as stated, for the record.
        settled: the one that grid and plane are made with: see `settle_mpp`.
    """

    mpp: Mpp
    settled: Mpp
    grid: TileGrid
    plane: ModelPlane


def frame_slide(slide: Slide, *, model_mpp: float) -> Framing:
    """Frames a slide; SlideError where its resolution is not known."""
    mpp = require_mpp(slide.info)
    settled = settle_mpp(slide.info, mpp, model_mpp)
    grid = TileGrid.of_slide(slide.info.size_l0, settled, model_mpp=model_mpp)
    return Framing(mpp, settled, grid, ModelPlane(slide, settled, model_mpp))
