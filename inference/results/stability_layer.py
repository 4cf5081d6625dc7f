"""The rotation stability of a whole slide, put together on its grid, and whose answers it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.results import stability_store
from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile
from inference.results.heatmap import CellValues, Heatmap
from inference.results.stability import lower_bounds
from inference.results.stability_store import StabilityScan


@dataclass(frozen=True, slots=True, eq=False)
class StabilityLayer:
    """Each cell's probability over the turns; the maps grow in place.

    Attributes:
        model, model_sha256: whose answers they are.
        turns: angles that each cell was predicted under.
        mean, std, lowest, highest: (rows, columns) float32, NaN = not computed.
        stride_x_l0, stride_y_l0: level-0 px per cell; the origin is (0, 0).
    """

    model: str
    model_sha256: str
    turns: int
    mean: CellValues
    std: CellValues
    lowest: CellValues
    highest: CellValues
    stride_x_l0: float
    stride_y_l0: float

    @classmethod
    def empty(
        cls,
        *,
        model: str,
        model_sha256: str,
        turns: int,
        rows: int,
        columns: int,
        stride_x_l0: float,
        stride_y_l0: float,
    ) -> Self:
        """One without a value."""
        mean, std, lowest, highest = (np.full((rows, columns), np.nan, np.float32) for _ in range(4))
        return cls(model, model_sha256, turns, mean, std, lowest, highest, stride_x_l0, stride_y_l0)

    @classmethod
    def of_scan(cls, case: CaseFile, scan: StabilityScan) -> Self:
        """What a case file holds of a computation, without what is damaged. Raises CaseFileError."""
        layer = cls.empty(
            model=scan.model,
            model_sha256=scan.model_sha256,
            turns=scan.turns,
            rows=scan.rows,
            columns=scan.columns,
            stride_x_l0=scan.stride_x_l0,
            stride_y_l0=scan.stride_y_l0,
        )
        for block in stability_store.blocks_of(case, scan.id).sound:
            layer.put(block.row, block.column, block.mean, block.std, block.lowest, block.highest)
        return layer

    def put(self, row: int, column: int, *maps: CellValues) -> None:
        """Takes mean, standard deviation, lowest and highest of a block. Raises ValueError for one off the grid."""
        rows, columns = maps[0].shape
        part = np.s_[row : row + rows, column : column + columns]
        if row < 0 or column < 0 or any(each.shape != self.std[part].shape for each in maps):
            raise ValueError(
                f"a block of {maps[0].shape} cells at ({row}, {column}) leaves the grid {self.std.shape}"
            )
        for whole, block in zip((self.mean, self.std, self.lowest, self.highest), maps, strict=True):
            whole[part] = block

    def fits(self, heatmap: Heatmap) -> bool:
        """Whether a heatmap has the same cells."""
        strides = heatmap.stride_x_l0, heatmap.stride_y_l0
        return heatmap.values.shape == self.std.shape and strides == (self.stride_x_l0, self.stride_y_l0)

    def of_candidates(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """(candidates, 3) mean, standard deviation and lower bound of their cells, NaN = not computed."""
        if not candidates:
            return np.zeros((0, 3))
        rows, columns = np.array([(each.row, each.column) for each in candidates]).T
        mean, std = self.mean[rows, columns].astype(float), self.std[rows, columns].astype(float)
        return np.stack([mean, std, lower_bounds(mean, std)], axis=1)

    def summary(self, threshold: float) -> tuple[int, float, float | None]:
        """(cells known, mean of their standard deviations, share that flips across a threshold; None if not known)."""
        known = ~np.isnan(self.std)
        cells = int(np.count_nonzero(known))
        if not cells:
            return 0, float("nan"), None
        lowest, highest = self.lowest[known], self.highest[known]
        flips = (lowest < np.float32(threshold)) & (highest >= np.float32(threshold))
        share = None if np.isnan(highest).any() else float(flips.mean())
        return cells, float(self.std[known].mean(dtype=np.float64)), share


NOT_COMPUTED, OTHER_CELLS = "not computed", "computed on other cells"


def stability_words(layer: StabilityLayer | None, model_sha256: str | None) -> str:
    """In a few words of which model a slide's stability is, or why it says nothing of a scan's candidates.

    Args:
        model_sha256: of the scan's model, None where there is no scan.
    """
    if layer is None:
        return NOT_COMPUTED
    if layer.model_sha256 != model_sha256:
        return f"of another model ({layer.model})"
    return f"{layer.turns} angles"
