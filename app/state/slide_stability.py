"""The rotation stability of a whole slide as it grows: mean and standard deviation per cell, and its picture."""

from __future__ import annotations

from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import STD_TOP
from inference.engine.slide_stability_messages import SlideStabilityBlock
from inference.results.stability_layer import StabilityLayer
from inference.results.stability_store import StabilityBlock
from inference.slides.frames import PointL0, RegionL0


class SlideStability:
    """Figures on a slide's grid; they grow in place.

    Attributes:
        model, title: of the model, as its card says; a case file keeps the name only.
        model_sha256: of its weights: figures say nothing of another model's candidates.
        turns: angles that each cell was predicted under.
        layer: all that is known of each cell.
        mean, std: (rows, columns) float32 of it, NaN = not computed.
        image: the standard deviation over `STD_TOP`, for painting.
        notices: what the user should know of the device that computed it.
        is_complete: whether every tissue cell is known.
    """

    def __init__(
        self,
        *,
        model: str,
        model_sha256: str,
        turns: int,
        rows: int,
        columns: int,
        stride_x_l0: float,
        stride_y_l0: float,
        title: str = "",
        notices: tuple[str, ...] = (),
    ) -> None:
        self.model, self.title, self.model_sha256, self.turns = model, title or model, model_sha256, turns
        self.layer = StabilityLayer.empty(
            model=model,
            model_sha256=model_sha256,
            turns=turns,
            rows=rows,
            columns=columns,
            stride_x_l0=stride_x_l0,
            stride_y_l0=stride_y_l0,
        )
        self.mean, self.std = self.layer.mean, self.layer.std
        self.image = HeatmapImage.of_values(
            self.std, origin_l0=PointL0(0, 0), stride_x_l0=stride_x_l0, stride_y_l0=stride_y_l0
        )
        self.notices, self.is_complete = notices, False

    def put(self, block: SlideStabilityBlock | StabilityBlock) -> RegionL0:
        """Takes a block; returns the level-0 rectangle that changed. Raises ValueError for one off the grid."""
        self.layer.put(block.row, block.column, block.mean, block.std, block.lowest, block.highest)
        return self.image.set_values(block.std / STD_TOP, row=block.row, column=block.column)
