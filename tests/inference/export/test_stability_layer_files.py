"""The layer of a whole slide as files: values and place come back, a cell without value stays one."""

from __future__ import annotations

import io

import numpy as np
import orjson
import pytest
import tifffile

from inference.export.provenance import Provenance
from inference.export.stability_layer_files import CHANNELS, stability_layer_csv, stability_ome_tiff
from inference.slides.frames import Mpp
from tests.support.stability import made_up_layer

PROVENANCE = Provenance("f" * 32, Mpp.square(0.25), "file", "p4m-densenet-m", "0" * 64)


def test_the_ome_tiff_holds_values_places_and_names_twice_the_same() -> None:
    layer = made_up_layer()
    data = stability_ome_tiff(layer, PROVENANCE)
    assert data == stability_ome_tiff(layer, PROVENANCE)
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), [layer.mean, layer.std, layer.lowest, layer.highest])
        said = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
    pixels = said["Pixels"]
    assert [each["Name"] for each in pixels["Channel"]] == list(CHANNELS)
    assert pixels["PhysicalSizeX"] == pytest.approx(124.416 * 0.25)
    about = orjson.loads(said["Description"])
    assert (about["angles"], about["grid"]["stride_l0"]) == (8, [124.416, 124.416])


def test_the_table_has_a_line_for_each_cell_with_a_value() -> None:
    layer = made_up_layer()
    heading, *lines = stability_layer_csv(layer).decode().splitlines()
    assert heading == "row,column,x_l0,y_l0,mean,std,lowest,highest,lower_bound"
    assert len(lines) == 6 * 9
    row, column, x, y, *figures = map(float, lines[10].split(","))
    assert (row, column) == (2, 1)
    assert (x, y) == pytest.approx((1.5 * 124.416, 2.5 * 124.416), abs=0.06)
    mean, std = layer.mean[2, 1], layer.std[2, 1]
    expected = [mean, std, layer.lowest[2, 1], layer.highest[2, 1], mean - 2 * std]
    assert figures == pytest.approx(expected, abs=1e-6)
