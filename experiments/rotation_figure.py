"""The paper's rotation figure beside a drawn tumour, and how stable tumour, normal and boundary cells are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.cell_auc import NORMAL_SHARE, TUMOUR_SHARE, tumour_share
from inference.engine.cancel import CancelToken
from inference.engine.stability_folder import StabilityJob, compute, picture_of
from inference.export.stability_figure import write_stability_figure
from inference.export.stability_files import write_stability_data
from inference.results.heatmap import Heatmap
from inference.results.stability_maps import StabilityMaps


@dataclass(frozen=True, slots=True)
class KindStability:
    """The mean standard deviation over one kind of cells for one model; NaN without such cells."""

    model: str
    kind: str
    cells: int
    mean_std: float
    interpolation_std: float


def make_figure(job: StabilityJob, mask: NDArray[np.bool_], out: Path) -> tuple[KindStability, ...]:
    """Computes a region, writes figure and data into a folder, and answers its table.

    Args:
        mask: (height, width) tumour at level 0, drawn in green.
    """
    out.mkdir(parents=True, exist_ok=True)
    maps = compute(job, CancelToken(), on_event=lambda _event: None)
    assert maps is not None, "nobody cancels"
    picture, outlines = picture_of(job.slide, maps), outlines_of(mask)
    for ending in (".png", ".pdf"):
        write_stability_figure(
            out / f"rotation-figure{ending}",
            maps,
            picture=picture,
            outlines_l0=outlines,
            threshold=job.threshold,
        )
    write_stability_data(out / "rotation-figure.npz", maps, threshold=job.threshold)
    return by_kind(maps, mask)


def by_kind(maps: StabilityMaps, mask: NDArray[np.bool_]) -> tuple[KindStability, ...]:
    """Mean standard deviation over tumour, normal and boundary cells; cells near the slide's edge are left out."""
    values = np.zeros((maps.row + maps.rows, maps.column + maps.columns), np.float32)
    whole = tumour_share(Heatmap(values, maps.stride_x_l0, maps.stride_y_l0), mask)
    share = whole[maps.row :, maps.column :]
    kinds = {
        "tumour": share > TUMOUR_SHARE,
        "normal": share < NORMAL_SHARE,
        "boundary": (share >= NORMAL_SHARE) & (share <= TUMOUR_SHARE),
    }
    table = []
    for each in maps.models:
        for kind, cells in kinds.items():
            counted = cells & ~maps.beyond & ~np.isnan(each.std)
            some = bool(counted.any())
            spread = each.interpolation
            table.append(
                KindStability(
                    model=each.model.name,
                    kind=kind,
                    cells=int(counted.sum()),
                    mean_std=float(each.std[counted].mean()) if some else float("nan"),
                    interpolation_std=float(spread[counted].mean())
                    if some and spread is not None
                    else float("nan"),
                )
            )
    return tuple(table)


def outlines_of(mask: NDArray[np.bool_]) -> Sequence[NDArray[np.floating]]:
    """The outlines of a mask as closed rings (points, 2) in level-0 px."""
    rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    return [
        np.concatenate([ring[:, 0], ring[:1, 0]]).astype(np.float64) + 0.5 for ring in rings if len(ring) > 2
    ]
