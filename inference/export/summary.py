"""The summary of a scan: one JSON object that says what was computed, by what, and what is missing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from inference.export.atomic import write_bytes
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True)
class GridSummary:
    """The place of a heatmap on its slide.

    Attributes:
        origin_l0: (x, y) of the top left corner of cell (0, 0), level-0 pixels.
        stride_l0: (x, y) level-0 pixels per cell.
        shape: (rows, columns).
    """

    origin_l0: tuple[float, float]
    stride_l0: tuple[float, float]
    shape: tuple[int, int]

    @classmethod
    def of(cls, heatmap: Heatmap) -> GridSummary:
        """The place of this heatmap."""
        return cls(
            origin_l0=(heatmap.origin_l0.x, heatmap.origin_l0.y),
            stride_l0=(heatmap.stride_x_l0, heatmap.stride_y_l0),
            shape=(heatmap.rows, heatmap.columns),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSummary:
    """What `summary.json` says; its keys are these names and `research_use_only`.

    The slide goes by its fingerprint: file names carry patient data often enough.

    Attributes:
        fingerprint: of the slide's content.
        mpp: micrometres per level-0 pixel; written as `mpp` (mean of both axes), `mpp_x` and `mpp_y`.
        mpp_source: "file" or "given".
        model, model_sha256: name and hash of its weights.
        device, precision: what computed it, e.g. "CPU", "float32".
        cells: of the whole grid.
        tissue_cells: of these, the ones in tissue, which the model was asked for.
        seconds: of the scan, of its last sitting only if it was resumed.
        tissue_fraction: share of the cells that are tissue.
        candidates: how many were found.
        candidate_threshold, nms_radius_cells: by which rule.
        max_probability: over all cells; None where nothing was computed.
        unreadable_tiles: tiles of the scan with a place that the slide's file did not give.
        nan_cells: tissue cells without a value.
        resumed_tiles: tiles taken over from an interrupted scan.
        grid: place of the heatmap.
        settings: of the run, JSON with string keys.
        version: of the program.
        notices: what the user should know, one sentence each.
        synthetic: the slide was drawn by a program.
    """

    fingerprint: str
    mpp: Mpp
    mpp_source: str
    model: str
    model_sha256: str
    device: str
    precision: str
    cells: int
    tissue_cells: int
    seconds: float
    tissue_fraction: float
    candidates: int
    candidate_threshold: float
    nms_radius_cells: int
    max_probability: float | None
    unreadable_tiles: int
    nan_cells: int
    resumed_tiles: int
    grid: GridSummary
    settings: dict[str, Any]
    version: str
    notices: tuple[str, ...] = ()
    synthetic: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self) | {
            "mpp": self.mpp.mean,
            "mpp_x": self.mpp.x,
            "mpp_y": self.mpp.y,
            "research_use_only": True,
        }


def summary_json(summary: ScanSummary) -> bytes:
    """The summary as indented JSON with sorted keys and a final line feed."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(summary.to_json(), option=options)


def write_summary(path: Path, summary: ScanSummary) -> None:
    """Writes `summary_json` atomically. Raises `ExportError`."""
    write_bytes(path, summary_json(summary))
