from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import orjson
import pytest

from inference.export.tables import (
    FORMULA_STARTS,
    candidates_table,
    measurements_csv,
    wsinfer_csv,
    wsinfer_geojson,
)
from tests.support.exports import ANNOTATIONS, empty_stability, make_source


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_starts_a_formula(start: str) -> None:
    odd = replace(ANNOTATIONS[0], name=f"{start}1+1", note=f"{start}x", class_name=f"{start}y")
    for row in rows(measurements_csv(make_source(annotations=(odd,)))):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row.values())


def test_measurements_have_units_and_imported_ones_stay() -> None:
    first = rows(measurements_csv(make_source()))[0]
    assert float(first["Area µm^2"]) == pytest.approx(ANNOTATIONS[0].geometry.area / 16)
    assert (first["Nuclei"], first["Odd"], first["note"]) == ("12.0", "NaN", "two\nlines")


def test_candidates_carry_marks_notes_and_the_area_above_the_threshold() -> None:
    first, second = rows(candidates_table(make_source()))
    assert (first["rank"], first["review"], first["note"]) == ("1", "accepted", "'@SUM(A1)")
    assert float(first["region um2"]) == pytest.approx((124.416 * 0.25) ** 2, abs=0.1)
    assert float(second["probability"]) == pytest.approx(0.7)
    assert float(first["x um"]) == pytest.approx(1.5 * 124.416 * 0.25, abs=0.01)


def test_wsinfer_s_squares_tile_the_slide_without_gap() -> None:
    source = make_source()
    assert source.heatmap is not None
    cells = rows(wsinfer_csv(source.heatmap))
    assert len(cells) == 7 * 9 - 1 and list(cells[0]) == ["minx", "miny", "width", "height", "prob_Tumor"]
    line = [cell for cell in cells if cell["miny"] == cells[-1]["miny"]]
    for left, right in pairwise(line):
        assert int(left["minx"]) + int(left["width"]) == int(right["minx"])
    features = orjson.loads(wsinfer_geojson(source, source.heatmap))["features"]
    assert len(features) == len(cells) and features[0]["properties"]["objectType"] == "tile"


def test_rotation_stability_has_its_columns_or_a_word_why_it_has_none() -> None:
    layer = empty_stability()
    # The first of the two candidates is known, as is the cell under it.
    one = np.ones((1, 1), np.float32)
    layer.put(1, 1, 0.75 * one, 0.125 * one, 0.25 * one, one)
    source = make_source(stability=layer, stability_words="8 angles, not finished")
    first, second = rows(candidates_table(source))
    turned = [first[name] for name in ("rotation mean", "rotation std", "rotation lower bound")]
    assert turned == ["0.75", "0.125", "0.5"]
    assert second["rotation std"] == "" and second["rotation stability"] == "8 angles, not finished"
    area = rows(measurements_csv(source))[0]
    assert (area["Rotation cells"], area["Rotation std mean"], area["Rotation share flipping"]) == (
        "1.0",
        "0.125",
        "1.0",
    )
    for table in (candidates_table, measurements_csv):
        plain = rows(table(make_source(stability_words="of another model (x)")))[0]
        assert plain["rotation stability"] == "of another model (x)"
    assert plain["Rotation std mean"] == ""
