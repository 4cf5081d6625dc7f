"""Candidates, annotation measurements and cells as tables that spreadsheets and WSInfer's readers open.

A column says how rotation stability was computed, or why it was not, so that no empty column goes unexplained.
"""

from __future__ import annotations

import csv
import io
import math
import uuid
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import orjson

from inference.export.annotation_geojson import number
from inference.export.export_source import ExportSource
from inference.results.annotation_measure import ROTATION_CELLS, ROTATION_FLIPS, ROTATION_STD
from inference.results.heatmap import Heatmap

ROTATION = "rotation stability"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text cell for a formula (OWASP, CSV injection)."""
_NAMESPACE = uuid.UUID("8be0f9c0-1c27-5f4d-9a3b-61fbb1d8a6f4")


def measurements_csv(source: ExportSource) -> bytes:
    """One annotation a line: its words, its middle, every measurement that any has, rotation stability last."""
    rows = []
    for annotation in source.annotations:
        centre = annotation.geometry.centroid
        row: dict[str, object] = {
            "id": annotation.id,
            "name": annotation.name,
            "class": annotation.class_name,
            "shape": annotation.shape.value,
            "locked": annotation.locked,
            "note": annotation.note,
            "centroid x px": round(centre.x, 2),
            "centroid y px": round(centre.y, 2),
        }
        measured = dict(annotation.measurements) | source.measure(annotation)
        measures = {name: number(value) for name, value in measured.items()}
        rows.append(row | measures | {ROTATION: source.stability_words})
    fixed = ["id", "name", "class", "shape", "locked", "note", "centroid x px", "centroid y px"]
    always = (ROTATION, ROTATION_CELLS, ROTATION_STD, ROTATION_FLIPS)
    named = [name for row in rows for name in row if name not in always]
    columns = list(dict.fromkeys([*fixed, *named, *always]))
    return _csv([columns, *([row.get(column, "") for column in columns] for row in rows)])


def candidates_table(source: ExportSource) -> bytes:
    """One candidate a line, most probable first: place, probability, area above the threshold, mark, stability."""
    rows: list[Sequence[object]] = [
        [
            *("rank", "probability", "x px", "y px", "x um", "y um", "region um2", "review", "note"),
            *("rotation mean", "rotation std", "rotation lower bound", ROTATION),
        ]
    ]
    listed = [each.candidate for each in source.candidates]
    nothing = np.full((len(listed), 3), np.nan)
    stability = nothing if source.stability is None else source.stability.of_candidates(listed)
    for reviewed, area, turned in zip(
        source.candidates, _region_areas_um2(source), stability.tolist(), strict=True
    ):
        each = reviewed.candidate
        x, y = each.point_l0.x, each.point_l0.y
        in_um = ("", "") if source.mpp is None else (round(x * source.mpp.x, 2), round(y * source.mpp.y, 2))
        rows.append(
            [
                each.index + 1,
                np.format_float_positional(np.float32(each.probability), trim="0"),
                round(x, 2),
                round(y, 2),
                *in_um,
                "" if area is None else round(area, 1),
                reviewed.review.value,
                reviewed.note,
                *("" if math.isnan(value) else round(value, 4) for value in turned),
                source.stability_words,
            ]
        )
    return _csv(rows)


def wsinfer_csv(heatmap: Heatmap, *, class_name: str = "Tumor") -> bytes:
    """WSInfer's table: one computed cell a line, its square in level-0 pixels and its probability."""
    lines: list[Sequence[object]] = [["minx", "miny", "width", "height", f"prob_{class_name}"]]
    lines += [[*box, probability] for box, probability in _cells(heatmap)]
    return _csv(lines)


def wsinfer_geojson(source: ExportSource, heatmap: Heatmap, *, class_name: str = "Tumor") -> bytes:
    """WSInfer's tiles: one computed cell a Feature, with its probability as measurement."""
    features = []
    for (x, y, width, height), probability in _cells(heatmap):
        corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
        name = str(uuid.uuid5(_NAMESPACE, f"{source.fingerprint} {x} {y} {probability}"))
        features.append(
            {
                "type": "Feature",
                "id": name,
                "geometry": {"type": "Polygon", "coordinates": [corners]},
                "properties": {
                    "objectType": "tile",
                    "isLocked": True,
                    "measurements": {f"prob_{class_name}": probability},
                },
            }
        )
    collection = {
        "type": "FeatureCollection",
        "features": features,
        "equiscope": source.provenance.to_json(),
    }
    return orjson.dumps(collection, option=orjson.OPT_SORT_KEYS)


def _cells(heatmap: Heatmap) -> Iterable[tuple[tuple[int, int, int, int], float]]:
    """((x, y, width, height) in whole level-0 pixels, probability) of every computed cell in reading order."""
    rows, columns = np.nonzero(~np.isnan(heatmap.values))
    # Edges are rounded, not sizes, so that neighbours neither overlap nor part.
    xs = np.rint(heatmap.origin_l0.x + np.arange(heatmap.columns + 1) * heatmap.stride_x_l0).astype(int)
    ys = np.rint(heatmap.origin_l0.y + np.arange(heatmap.rows + 1) * heatmap.stride_y_l0).astype(int)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        x, y = int(xs[column]), int(ys[row])
        shortest = float(np.format_float_positional(heatmap.values[row, column], trim="0"))
        yield (x, y, int(xs[column + 1]) - x, int(ys[row + 1]) - y), shortest


def _region_areas_um2(source: ExportSource) -> list[float | None]:
    """For each candidate the area of the connected cells above the threshold that it lies in; None if unknown."""
    heatmap, mpp = source.heatmap, source.mpp
    if heatmap is None or mpp is None or not source.candidates:
        return [None] * len(source.candidates)
    mask = heatmap.at_least(source.threshold).astype(np.uint8)
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    cells = np.bincount(labels.ravel())
    cell_um2 = heatmap.stride_x_l0 * mpp.x * heatmap.stride_y_l0 * mpp.y
    return [
        float(cells[labels[each.candidate.row, each.candidate.column]] * cell_um2)
        for each in source.candidates
    ]


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8, with a mark where it is needed for spreadsheets to know; no text cell can start a formula."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    text = buffer.getvalue()
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def _safe(cell: object) -> object:
    """Texts that a spreadsheet would compute get an apostrophe in front; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
