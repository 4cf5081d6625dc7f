"""What window and engine say about the rotation stability of a whole slide; see `messages` for the manner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SlideStabilityRequest:
    """Asks for mean and standard deviation over the turns for every tissue cell of a slide.

    Attributes:
        run_id: chosen by the asker, unique within its life.
        slide: path of the slide.
        model: name of a shipped model or path of a model folder.
        turns: how many angles k * 90 / turns degrees.
        mpp: micrometres per level-0 pixel as the user gave it, or None to use the file's.
        case: path of the case file that keeps the result, or None for none.
        fresh: start anew even where the case file holds an unfinished one of the same kind.
    """

    run_id: str
    slide: str
    model: str
    turns: int = 8
    mpp: float | None = None
    case: str | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class SlideStabilityStarted:
    """The engine knows grid and device.

    Attributes:
        rows, columns: cells of the whole slide.
        stride_x_l0, stride_y_l0: level-0 px per cell; the grid's origin is (0, 0).
        tissue_cells: cells that will be computed.
        notices: what the user should know of slide and device.
    """

    run_id: str
    model: str
    model_title: str
    model_sha256: str
    device: str
    precision: str
    turns: int
    rows: int
    columns: int
    stride_x_l0: float
    stride_y_l0: float
    tissue_cells: int
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SlideStabilityBlock:
    """Mean, standard deviation, lowest and highest value (rows, columns) of a block of cells, NaN = no value."""

    run_id: str
    row: int
    column: int
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SlideStabilityDone:
    """All cells are told: seconds of this sitting, and blocks taken from an interrupted one."""

    run_id: str
    seconds: float
    resumed_blocks: int


@dataclass(frozen=True, slots=True)
class SlideStabilityCancelled:
    """It stopped because it was asked to; what is computed stays in the case file."""

    run_id: str


SlideStabilityEvent = (
    SlideStabilityStarted | SlideStabilityBlock | SlideStabilityDone | SlideStabilityCancelled
)
SLIDE_STABILITY_MESSAGES: tuple[type, ...] = (
    SlideStabilityRequest, SlideStabilityStarted, SlideStabilityBlock, SlideStabilityDone, SlideStabilityCancelled,
)  # fmt: skip
