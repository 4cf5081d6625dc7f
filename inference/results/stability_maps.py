"""A region's rotation stability as it grows: the maps of each model, turned back, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.results.stability import RunningMoments, StabilitySummary, summarise, turn_angle
from inference.slides.frames import Mpp, RegionL0


@dataclass(frozen=True, slots=True)
class StabilityModel:
    """A model at work on stability, and what runs it.

    Attributes:
        name, title, group, sha256: as its card says; the group is plain, p4 or p4m.
        tolerance: largest difference over the group's elements that is still rounding.
        device, precision: e.g. "CPU (OpenVINO)", "float32".
    """

    name: str
    title: str
    group: str
    sha256: str
    tolerance: float
    device: str
    precision: str


class ModelMaps:
    """The answers of one model.

    Attributes:
        model: whose.
        values: (turns, rows, columns) float32, NaN = no value or not computed yet.
        done: turns computed, in the order in which they came.
        group: (8, rows, columns) over the elements of p4m, None until known.
        interpolation: (rows, columns) standard deviation that interpolation makes by itself, None until known.
        seconds: spent predicting, None until known.
    """

    def __init__(self, model: StabilityModel, turns: int, rows: int, columns: int) -> None:
        self.model = model
        self.values = np.full((turns, rows, columns), np.nan, np.float32)
        self.done: list[int] = []
        self.group: NDArray[np.float32] | None = None
        self.interpolation: NDArray[np.float32] | None = None
        self.seconds: float | None = None
        self._moments = RunningMoments(rows, columns)

    def put_turn(self, turn: int, values: NDArray[np.float32]) -> None:
        """Takes the map of one more turn. Raises ValueError for a turn or shape that does not belong."""
        if not 0 <= turn < len(self.values) or turn in self.done or values.shape != self.values.shape[1:]:
            raise ValueError(f"turn {turn} with values {values.shape} does not belong to {self.values.shape}")
        self.values[turn] = values
        self.done.append(turn)
        self._moments.add(values)

    @property
    def mean(self) -> NDArray[np.float32]:
        """(rows, columns) over the turns so far."""
        return self._moments.mean

    @property
    def std(self) -> NDArray[np.float32]:
        """(rows, columns) over the turns so far."""
        return self._moments.std

    @property
    def computed(self) -> NDArray[np.float32]:
        """(turns so far, rows, columns) by rising angle."""
        return self.values[sorted(self.done)]

    def curve(self, row: int, column: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Angles in degrees and the probabilities of one cell at them, by rising angle."""
        turns = sorted(self.done)
        angles = np.array([turn_angle(turn, len(self.values)) for turn in turns])
        return angles, self.values[turns, row, column]

    @property
    def group_difference(self) -> NDArray[np.float32] | None:
        """(rows, columns) largest difference over the elements of p4m, None until known."""
        return None if self.group is None else np.ptp(self.group, axis=0)


class StabilityMaps:
    """The cells of a region and the maps of the models on them.

    Attributes:
        fingerprint: of the slide.
        mpp: micrometres per level-0 pixel; mpp_source is "file" or "given".
        row, column, rows, columns: the cells, on the slide's grid, whose origin is (0, 0).
        stride_x_l0, stride_y_l0: level-0 px per cell.
        turns: angles k * 90 / turns degrees.
        exact: each cell's field was turned about its own middle, not the region as a whole.
        beyond, unreadable: (rows, columns) cells for which some turn sees beyond the slide's edge, or pixels that
            cannot be decoded.
        models: their maps, in order.
        pixel_error: mean grey levels by which turning pixels forth and back changes them, None until known.
        notices: what the user should know, one sentence each.
    """

    def __init__(
        self,
        models: tuple[StabilityModel, ...],
        *,
        fingerprint: str,
        mpp: Mpp,
        mpp_source: str,
        row: int,
        column: int,
        stride_x_l0: float,
        stride_y_l0: float,
        turns: int,
        exact: bool,
        beyond: NDArray[np.bool_],
        unreadable: NDArray[np.bool_],
        notices: tuple[str, ...] = (),
    ) -> None:
        self.fingerprint = fingerprint
        self.mpp, self.mpp_source = mpp, mpp_source
        self.row, self.column = row, column
        self.rows, self.columns = beyond.shape
        self.stride_x_l0, self.stride_y_l0 = stride_x_l0, stride_y_l0
        self.turns, self.exact = turns, exact
        self.beyond, self.unreadable = beyond, unreadable
        self.models = tuple(ModelMaps(model, turns, self.rows, self.columns) for model in models)
        self.pixel_error: float | None = None
        self.notices = notices

    @property
    def region_l0(self) -> RegionL0:
        """The rectangle that the cells fill."""
        return RegionL0(
            self.column * self.stride_x_l0,
            self.row * self.stride_y_l0,
            self.columns * self.stride_x_l0,
            self.rows * self.stride_y_l0,
        )

    @property
    def size_um(self) -> tuple[float, float]:
        """Width and height of that rectangle in micrometres."""
        return self.region_l0.width * self.mpp.x, self.region_l0.height * self.mpp.y

    def summary(
        self, model: int, *, threshold: float, inside: NDArray[np.bool_] | None = None
    ) -> StabilitySummary:
        """The figures of one model so far, without the cells that see beyond the slide's edge.

        Args:
            inside: (rows, columns) to count those cells only.
        """
        counted = ~self.beyond if inside is None else inside & ~self.beyond
        return summarise(self.models[model].computed, threshold=threshold, counted=counted)

    def edge_notice(self) -> str:
        """A sentence on the cells near the slide's edge, empty if there are none."""
        cells = int(self.beyond.sum())
        if not cells:
            return ""
        return (
            f"{cells} of {self.beyond.size} cells lie so near the slide's edge that some turns see beyond it; "
            "white is taken there, and they are left out of the figures (veiled)."
        )
