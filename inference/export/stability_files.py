"""Rotation stability as files: every map in an NPZ, a line a cell in a CSV, the figures in a JSON."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from inference.export.atomic import write_bytes
from inference.results.stability import beyond_interpolation, lower_bound, turn_angle
from inference.results.stability_maps import StabilityMaps
from inference.version import VERSION


def stability_summary(
    maps: StabilityMaps, *, threshold: float, region_l0: tuple[float, float, float, float] | None = None
) -> dict[str, Any]:
    """The figures of a region as plain JSON values.

    Args:
        threshold: probability that a cell reaches at some turns and not at others to count as flipped.
        region_l0: the rectangle as asked for, (x, y, width, height); that of the cells by default.
    """
    own = maps.region_l0
    models = []
    for number, each in enumerate(maps.models):
        figures = maps.summary(number, threshold=threshold)
        difference = each.group_difference
        models.append(
            {
                "model": each.model.name,
                "title": each.model.title,
                "group": each.model.group,
                "model_sha256": each.model.sha256,
                "device": each.model.device,
                "precision": each.model.precision,
                "mean_std": _number(figures.mean_std),
                "p95_std": _number(figures.p95_std),
                "flip_share": _number(figures.flip_share),
                "mean_probability": _number(figures.mean_probability),
                "mean_logit_std": _number(figures.mean_logit_std),
                "mean_abs_logit": _number(figures.sharpness),
                "group_error": _number(
                    np.nan if difference is None or np.isnan(difference).all() else np.nanmax(difference)
                ),
                "group_tolerance": each.model.tolerance,
                "interpolation_std": _number(
                    np.nan
                    if each.interpolation is None or not figures.cells
                    else np.nanmean(each.interpolation[~maps.beyond])
                ),
                "mean_std_beyond_interpolation": _number(
                    np.nan
                    if each.interpolation is None or not figures.cells
                    else np.nanmean(beyond_interpolation(each.std, each.interpolation)[~maps.beyond])
                ),
                "angles_computed": len(each.done),
                "seconds": None if each.seconds is None else round(each.seconds, 3),
            }
        )
    return {
        "models": models,
        "region_l0": list(region_l0 or (own.x, own.y, own.width, own.height)),
        "angles": maps.turns,
        "grid": {
            "origin_l0": [own.x, own.y],
            "stride_l0": [maps.stride_x_l0, maps.stride_y_l0],
            "shape": [maps.rows, maps.columns],
        },
        "threshold": threshold,
        "exact": maps.exact,
        "cells_counted": int((~maps.beyond & ~maps.unreadable).sum()),
        "cells_beyond_edge": int(maps.beyond.sum()),
        "cells_unreadable": int(maps.unreadable.sum()),
        "pixel_error_grey_levels": _number(np.nan if maps.pixel_error is None else maps.pixel_error),
        "slide_fingerprint": maps.fingerprint,
        "mpp": [maps.mpp.x, maps.mpp.y],
        "mpp_source": maps.mpp_source,
        "notices": [*maps.notices, *filter(None, [maps.edge_notice()])],
        "version": VERSION,
        "research_use_only": True,
    }


def stability_npz(maps: StabilityMaps, *, threshold: float) -> bytes:
    """Arrays by name: angles, beyond, unreadable, and each model's as `0_maps`, `0_mean`, ...; `about` is JSON.

    maps is (angles, rows, columns), group (8, rows, columns) in the order of `group_check.ELEMENTS`.
    """
    arrays: dict[str, Any] = {
        "angles": np.array([turn_angle(turn, maps.turns) for turn in range(maps.turns)]),
        "beyond": maps.beyond,
        "unreadable": maps.unreadable,
        "about": np.frombuffer(orjson.dumps(stability_summary(maps, threshold=threshold)), np.uint8),
    }
    for number, each in enumerate(maps.models):
        arrays[f"{number}_maps"], arrays[f"{number}_mean"] = each.values, each.mean
        arrays[f"{number}_std"] = each.std
        if each.group is not None:
            arrays[f"{number}_group"] = each.group
        if each.interpolation is not None:
            arrays[f"{number}_interpolation"] = each.interpolation
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def stability_csv(maps: StabilityMaps) -> bytes:
    """A line a cell: its place on the slide's grid, its middle at level 0, and each model's figures.

    Numbers only below the headings, so that nothing can start a formula in a spreadsheet; empty = no value.
    """
    columns = ["row", "column", "x_l0", "y_l0", "beyond_edge"]
    for number in range(len(maps.models)):
        columns += [f"model{number}_{name}" for name in ("mean", "std", "lowest", "highest", "lower_bound")]
    lines = [",".join(columns)]
    with np.errstate(invalid="ignore"):
        figures = [
            (each.mean, each.std, each.computed.min(axis=0), each.computed.max(axis=0))
            for each in maps.models
        ]
    for i in range(maps.rows):
        for j in range(maps.columns):
            fields = [
                f"{maps.row + i}",
                f"{maps.column + j}",
                f"{(maps.column + j + 0.5) * maps.stride_x_l0:.1f}",
                f"{(maps.row + i + 0.5) * maps.stride_y_l0:.1f}",
                f"{int(maps.beyond[i, j])}",
            ]
            for mean, std, lowest, highest in figures:
                bound = lower_bound(float(mean[i, j]), float(std[i, j]))
                cell = (mean[i, j], std[i, j], lowest[i, j], highest[i, j], bound)
                fields += ["" if np.isnan(mean[i, j]) else f"{value:.6f}" for value in cell]
            lines.append(",".join(fields))
    return ("\n".join(lines) + "\n").encode("ascii")


def write_stability_data(path: Path, maps: StabilityMaps, *, threshold: float) -> None:
    """Writes the NPZ or the CSV, by the name's ending, atomically. Raises `ExportError`, and ValueError for another."""
    if path.suffix.lower() == ".npz":
        write_bytes(path, stability_npz(maps, threshold=threshold))
    elif path.suffix.lower() == ".csv":
        write_bytes(path, stability_csv(maps))
    else:
        raise ValueError(f"{path.suffix} is neither .npz nor .csv")


def _number(value: float | np.floating) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)
