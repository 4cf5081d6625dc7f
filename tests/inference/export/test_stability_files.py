"""Rotation stability as NPZ, CSV and JSON, repeatable to the byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import orjson
import pytest

from inference.export.stability_files import (
    stability_csv,
    stability_npz,
    stability_summary,
    write_stability_data,
)
from tests.support.stability import COLUMNS, ROWS, TURNS, made_up_maps


def test_the_summary_has_the_promised_keys() -> None:
    summary = stability_summary(made_up_maps(), threshold=0.5, region_l0=(600.0, 400.0, 900.0, 700.0))
    assert {"models", "region_l0", "angles", "grid"} <= summary.keys()
    wanted = {"model", "mean_std", "p95_std", "flip_share", "group_error", "seconds"}
    assert all(wanted <= each.keys() for each in summary["models"])
    assert [each["model"] for each in summary["models"]] == ["p4m-densenet-m", "densenet-plus"]
    assert summary["region_l0"] == [600.0, 400.0, 900.0, 700.0]
    assert summary["angles"] == TURNS
    assert summary["grid"]["shape"] == [ROWS, COLUMNS]
    assert summary["models"][1]["group_error"] == pytest.approx(0.07, abs=1e-6)
    assert summary["cells_beyond_edge"] == COLUMNS
    assert any("edge" in notice for notice in summary["notices"])


def test_an_unfinished_summary_is_json_without_nan() -> None:
    summary = stability_summary(made_up_maps(finished=False), threshold=0.5)
    again = orjson.loads(orjson.dumps(summary))
    assert again["models"][0]["group_error"] is None
    assert again["models"][0]["seconds"] is None


def test_the_npz_reads_back_without_pickle_and_repeats_to_the_byte() -> None:
    maps = made_up_maps()
    data = stability_npz(maps, threshold=0.5)
    assert data == stability_npz(made_up_maps(), threshold=0.5)
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["1_maps"], maps.models[1].values)
        np.testing.assert_array_equal(arrays["1_std"], maps.models[1].std)
        assert arrays["0_group"].shape == (8, ROWS, COLUMNS)
        assert list(arrays["angles"]) == [k * 90 / TURNS for k in range(TURNS)]
        assert orjson.loads(arrays["about"].tobytes())["angles"] == TURNS


def test_the_csv_has_a_line_a_cell_at_its_place() -> None:
    maps = made_up_maps()
    maps.models[0].values[:, 2, 2] = np.nan
    lines = list(csv.DictReader(io.StringIO(stability_csv(maps).decode("ascii"))))
    assert len(lines) == ROWS * COLUMNS
    cell = lines[2 * COLUMNS + 3]
    assert (cell["row"], cell["column"], cell["beyond_edge"]) == ("5", "8", "0")
    assert float(cell["x_l0"]) == pytest.approx(8.5 * 124.416, abs=0.06)
    assert float(cell["model1_std"]) == pytest.approx(maps.models[1].std[2, 3], abs=1e-6)
    bound = float(cell["model1_mean"]) - 2 * float(cell["model1_std"])
    assert float(cell["model1_lower_bound"]) == pytest.approx(bound, abs=2e-6)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.xlsx"):
        write_stability_data(tmp_path / "a.xlsx", made_up_maps(), threshold=0.5)
