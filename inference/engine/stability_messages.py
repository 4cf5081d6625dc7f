"""What is said about rotation stability between the window and the engine process; see `messages` for the manner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StabilityRequest:
    """Asks how far the answers of models for a region depend on its turn.

    Attributes:
        run_id: chosen by the asker, unique within its life.
        slide: path of the slide.
        models: names or folders, one to a few; they take turns, so that all are seen coarsely first.
        region_l0: x, y, width, height in level-0 px; every cell of the slide's grid that it touches counts.
        turns: how many angles k * 90 / turns degrees.
        mpp: micrometres per level-0 pixel as the user gave it, or None to use the file's.
        exact: turn the field of every cell about its own middle instead of the region as a whole: several times
            slower, and free of interpolation between cells.
    """

    run_id: str
    slide: str
    models: tuple[str, ...]
    region_l0: tuple[float, float, float, float]
    turns: int = 32
    mpp: float | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class StabilityStarted:
    """The engine knows cells and devices.

    Attributes:
        fingerprint: of the slide.
        models: each as the values of a `results.stability_maps.StabilityModel`, in order.
        row, column, rows, columns: the cells, on the slide's grid.
        stride_x_l0, stride_y_l0: level-0 px per cell; the grid's origin is (0, 0).
        mpp_x, mpp_y: the resolution used; mpp_source tells "file" or "given".
        turns, exact: as asked for.
        beyond: (rows, columns) 1 where some turn sees beyond the slide's edge, else 0; such cells are predicted with
            white there, as in a scan, and belong in no summary.
        unreadable: (rows, columns) 1 where some turn sees pixels that cannot be decoded; such cells are NaN.
    """

    run_id: str
    fingerprint: str
    models: tuple[tuple[str, str, str, str, float, str, str], ...]
    row: int
    column: int
    rows: int
    columns: int
    stride_x_l0: float
    stride_y_l0: float
    mpp_x: float
    mpp_y: float
    mpp_source: str
    turns: int
    exact: bool
    beyond: NDArray[np.float32]
    unreadable: NDArray[np.float32]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StabilityTurn:
    """The answers of one model under one turn, turned back: values (rows, columns), NaN = no value."""

    run_id: str
    model: int
    turn: int
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StabilityGroup:
    """The answers of one model under the eight elements of p4m, turned back: values (8, rows, columns)."""

    run_id: str
    model: int
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StabilityProgress:
    """How far it is: 0..1 of the pixels, and seconds left, None until known."""

    run_id: str
    part_done: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True, eq=False)
class StabilityDone:
    """All turns of all models are told.

    Attributes:
        seconds: spent predicting, by model.
        interpolation: (models, rows, columns) standard deviation that interpolating between cells makes by itself:
            each model's upright map turned forth and back without a network. 0 where `exact`.
        pixel_error: mean grey levels (0..255) by which turning the pixels forth and back changes them.
    """

    run_id: str
    seconds: tuple[float, ...]
    interpolation: NDArray[np.float32]
    pixel_error: float


@dataclass(frozen=True, slots=True)
class StabilityCancelled:
    """It stopped because it was asked to; what was told holds."""

    run_id: str


StabilityEvent = (
    StabilityStarted | StabilityTurn | StabilityGroup | StabilityProgress | StabilityDone | StabilityCancelled
)
STABILITY_MESSAGES: tuple[type, ...] = (
    StabilityRequest, StabilityStarted, StabilityTurn, StabilityGroup, StabilityProgress, StabilityDone,
    StabilityCancelled,
)  # fmt: skip
