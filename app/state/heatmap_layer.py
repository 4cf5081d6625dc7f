"""A growing heatmap with the picture of it: both take the same blocks of cells."""

from __future__ import annotations

import numpy as np

from app.canvas.heatmap_image import HeatmapImage
from inference.engine.live_messages import LivePreview
from inference.engine.messages import Scores
from inference.results.heatmap import Heatmap
from inference.slides.frames import RegionL0


class HeatmapLayer:
    """The values for reading off and finding candidates, and the indexed picture for painting."""

    def __init__(self, heatmap: Heatmap) -> None:
        self.heatmap = heatmap
        self.image = HeatmapImage.of_values(
            heatmap.values,
            origin_l0=heatmap.origin_l0,
            stride_x_l0=heatmap.stride_x_l0,
            stride_y_l0=heatmap.stride_y_l0,
        )

    @classmethod
    def empty(cls, *, rows: int, columns: int, stride_x_l0: float, stride_y_l0: float) -> HeatmapLayer:
        """A layer of a whole-slide grid on which nothing is computed yet."""
        values = np.full((rows, columns), np.nan, dtype=np.float32)
        return cls(Heatmap(values, stride_x_l0, stride_y_l0))

    def put(self, scores: Scores) -> RegionL0:
        """Takes a block of probabilities; returns the level-0 rectangle that changed.

        Raises ValueError for a block that is off the grid or holds numbers that are no probabilities.
        """
        self.heatmap.put_block(scores.row, scores.column, scores.values)
        return self.image.set_values(scores.values, row=scores.row, column=scores.column)

    def put_preview(self, preview: LivePreview) -> RegionL0:
        """Shows rough probabilities where none are known yet: in the picture only, never as values."""
        rows, columns = preview.values.shape
        known = self.heatmap.values[
            preview.row : preview.row + rows, preview.column : preview.column + columns
        ]
        shown = np.where(np.isnan(known), preview.values, known)
        return self.image.set_values(shown, row=preview.row, column=preview.column)

    def highest(self) -> float | None:
        """The highest probability so far, None where nothing is computed."""
        values = self.heatmap.values
        return float(np.nanmax(values)) if np.isfinite(values).any() else None

    def computed_cells(self) -> int:
        """Cells that have a value."""
        return int(np.isfinite(self.heatmap.values).sum())
