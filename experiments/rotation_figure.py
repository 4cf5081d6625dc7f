"""The paper's rotation figure beside a drawn tumour, and how stable tumour, normal and boundary cells are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.cell_auc import NORMAL_SHARE, TUMOUR_SHARE, auc, tumour_share
from inference.engine.cancel import CancelToken
from inference.engine.stability_folder import StabilityJob, compute, picture_of
from inference.export.stability_figure import write_stability_figure
from inference.export.stability_files import write_stability_data
from inference.results.heatmap import Heatmap
from inference.results.stability import beyond_interpolation, softened
from inference.results.stability_maps import StabilityMaps


@dataclass(frozen=True, slots=True)
class KindStability:
    """One kind of cells under one model; NaN without such cells.

    Attributes:
        kind: all, tumour, normal or boundary.
        mean_std: mean standard deviation of the probability over the angles; interpolation_std of it what interpolating
            makes by itself, beyond_interpolation_std what is left without it.
        logit_std: mean standard deviation of the logit.
        sharpness: mean absolute logit.
        equal_sharpness_std: mean standard deviation of the probability after the model's logits were divided by one
            number for the whole region, so that it is as sharp as the least sharp of the models.
        flip_share: share of cells that reach the threshold at some angles only.
        auc: of the mean over angles, tumour against normal cells, on the line of all cells.
    """

    model: str
    kind: str
    cells: int
    mean_std: float
    interpolation_std: float
    beyond_interpolation_std: float
    logit_std: float
    sharpness: float
    equal_sharpness_std: float
    flip_share: float
    auc: float


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
    return by_kind(maps, mask, threshold=job.threshold)


def by_kind(
    maps: StabilityMaps, mask: NDArray[np.bool_], *, threshold: float = 0.5
) -> tuple[KindStability, ...]:
    """Stability of tumour, normal and boundary cells; cells near the slide's edge are left out."""
    values = np.zeros((maps.row + maps.rows, maps.column + maps.columns), np.float32)
    whole = tumour_share(Heatmap(values, maps.stride_x_l0, maps.stride_y_l0), mask)
    share = whole[maps.row :, maps.column :]
    every = ~maps.beyond & ~np.any([np.isnan(each.std) for each in maps.models], axis=0)
    kinds = {
        "all": every,
        "tumour": every & (share > TUMOUR_SHARE),
        "normal": every & (share < NORMAL_SHARE),
        "boundary": every & (share >= NORMAL_SHARE) & (share <= TUMOUR_SHARE),
    }
    sharpness = [
        maps.summary(number, threshold=threshold, inside=every).sharpness
        for number in range(len(maps.models))
    ]
    return tuple(
        _of_kind(maps, number, kinds, kind, own=sharpness[number], least=min(sharpness), threshold=threshold)
        for number in range(len(maps.models))
        for kind in kinds
    )


def _of_kind(
    maps: StabilityMaps,
    number: int,
    kinds: dict[str, NDArray[np.bool_]],
    kind: str,
    *,
    own: float,
    least: float,
    threshold: float,
) -> KindStability:
    """One line of the table; `own` and `least` are the mean absolute logits of this model and of the least sharp."""
    each, cells = maps.models[number], kinds[kind]
    figures = maps.summary(number, threshold=threshold, inside=cells)
    some, nan = figures.cells > 0, float("nan")
    spread = each.interpolation
    soft = softened(each.computed[:, cells], own, to=least)
    mean = each.mean
    return KindStability(
        model=each.model.name,
        kind=kind,
        cells=figures.cells,
        mean_std=figures.mean_std,
        interpolation_std=nan if spread is None or not some else float(spread[cells].mean()),
        beyond_interpolation_std=nan
        if spread is None or not some
        else float(beyond_interpolation(each.std[cells], spread[cells]).mean()),
        logit_std=figures.mean_logit_std,
        sharpness=figures.sharpness,
        equal_sharpness_std=float(soft.std(axis=0).mean()) if some else nan,
        flip_share=figures.flip_share,
        auc=auc(mean[kinds["tumour"]], mean[kinds["normal"]]) if kind == "all" else nan,
    )


def outlines_of(mask: NDArray[np.bool_]) -> Sequence[NDArray[np.floating]]:
    """The outlines of a mask as closed rings (points, 2) in level-0 px."""
    rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    return [
        np.concatenate([ring[:, 0], ring[:1, 0]]).astype(np.float64) + 0.5 for ring in rings if len(ring) > 2
    ]
