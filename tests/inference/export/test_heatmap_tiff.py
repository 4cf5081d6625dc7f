"""The exported heatmap carries its values and its place, and any TIFF reader opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from inference.errors import EquiscopeError, ExportError
from inference.export.heatmap_tiff import read_heatmap, write_heatmap
from inference.export.provenance import Provenance
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0

PROVENANCE = Provenance(
    slide_fingerprint="0123456789abcdef" * 2,
    mpp=Mpp(0.25, 0.5),
    mpp_source="given",
    model="p4m-densenet-m",
    model_sha256="ab" * 32,
    settings={"note": "µm, 组织 and 🔬 in a tag that is ASCII"},
)


@pytest.fixture
def heatmap() -> Heatmap:
    values = np.array([[0.0, 0.25, np.nan], [1.0, 0.7, 0.1]], dtype=np.float32)
    return Heatmap(values, 128.0 / 3, 100.0, PointL0(5.0, 1 / 3))


@pytest.fixture
def written(tmp_path: Path, heatmap: Heatmap) -> Path:
    path = tmp_path / "heatmap.tif"
    write_heatmap(path, heatmap, provenance=PROVENANCE)
    return path


def test_pillow_reads_the_values(written: Path, heatmap: Heatmap) -> None:
    with Image.open(written) as image:
        assert image.mode == "F"
        assert image.size == (3, 2)
        np.testing.assert_array_equal(np.asarray(image), heatmap.values)


def test_tifffile_reads_the_values_and_the_size_of_a_cell(written: Path, heatmap: Heatmap) -> None:
    with tifffile.TiffFile(written) as tiff:
        assert len(tiff.pages) == 1
        page = tiff.pages.first
        assert page.dtype == np.float32
        np.testing.assert_array_equal(page.asarray(), heatmap.values)
        assert page.tags["ResolutionUnit"].value == 3  # centimetres
        cells_per_cm = [
            numerator / denominator
            for numerator, denominator in (page.tags["XResolution"].value, page.tags["YResolution"].value)
        ]
        assert cells_per_cm == pytest.approx([10_000 / (128 / 3 * 0.25), 10_000 / (100 * 0.5)], rel=1e-6)
        assert "DateTime" not in page.tags


def test_the_description_says_where_and_by_what(written: Path) -> None:
    with tifffile.TiffFile(written) as tiff:
        text = tiff.pages.first.description
    assert text.isascii()
    assert orjson.loads(text) == {
        "kind": "equiscope heatmap",
        "grid": {"origin_l0": [5.0, 1 / 3], "stride_l0": [128 / 3, 100.0], "rows": 2, "columns": 3},
        "values": "tumour probability in [0, 1]; NaN = not computed",
        "slide_fingerprint": "0123456789abcdef" * 2,
        "mpp": [0.25, 0.5],
        "mpp_source": "given",
        "model": "p4m-densenet-m",
        "model_sha256": "ab" * 32,
        "settings": {"note": "µm, 组织 and 🔬 in a tag that is ASCII"},
        "synthetic": False,
        "research_use_only": True,
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    values=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.one_of(st.just(float("nan")), st.floats(0, 1, width=32)),
    ),
    stride_x_l0=st.floats(0.5, 2000),
    stride_y_l0=st.floats(0.5, 2000),
    x=st.floats(-1e6, 1e6),
)
def test_it_reads_back_bit_for_bit(
    tmp_path: Path, values: np.ndarray, stride_x_l0: float, stride_y_l0: float, x: float
) -> None:
    heatmap = Heatmap(values, stride_x_l0, stride_y_l0, PointL0(x, 0.1))
    write_heatmap(tmp_path / "h.tif", heatmap, provenance=PROVENANCE)
    back = read_heatmap(tmp_path / "h.tif")
    assert back.values.tobytes() == values.tobytes()
    assert back.values.shape == values.shape
    assert (back.stride_x_l0, back.stride_y_l0, back.origin_l0) == (stride_x_l0, stride_y_l0, PointL0(x, 0.1))


def test_a_second_export_is_byte_identical(tmp_path: Path, heatmap: Heatmap, written: Path) -> None:
    write_heatmap(tmp_path / "again.tif", heatmap, provenance=PROVENANCE)
    assert (tmp_path / "again.tif").read_bytes() == written.read_bytes()


def test_a_missing_folder_is_an_export_error(tmp_path: Path, heatmap: Heatmap) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        write_heatmap(tmp_path / "missing" / "heatmap.tif", heatmap, provenance=PROVENANCE)


def test_a_missing_heatmap_is_named(tmp_path: Path) -> None:
    with pytest.raises(EquiscopeError, match="cannot be read"):
        read_heatmap(tmp_path / "missing.tif")


def description(**changes: Any) -> str:
    grid = {"origin_l0": [0, 0], "stride_l0": [1, 1], "rows": 2, "columns": 2}
    return orjson.dumps({"kind": "equiscope heatmap", "grid": grid | changes}).decode()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.zeros((2, 2), np.float32), None),
        (np.zeros((2, 2), np.float32), "[]"),
        (np.zeros((2, 2), np.float32), '{"kind": "equiscope heatmap"}'),
        (np.zeros((2, 2), np.float32), description(stride_l0=[0, 1])),
        (np.zeros((2, 2), np.float32), description(stride_l0="ab")),
        (np.zeros((2, 2), np.float32), description(origin_l0=[1])),
        (np.zeros((2, 3), np.float32), description()),
        (np.zeros((2, 2), np.uint8), description()),
        (np.full((2, 2), 7, np.float32), description()),
    ],
)
def test_another_tiff_is_refused(tmp_path: Path, values: np.ndarray, text: str | None) -> None:
    path = tmp_path / "other.tif"
    tifffile.imwrite(path, values, description=text, metadata=None, photometric="minisblack")
    with pytest.raises(EquiscopeError, match="not a heatmap of Equiscope"):
        read_heatmap(path)


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.1, 0.5, 0.9, 0.99])
def test_a_cut_off_heatmap_is_refused(written: Path, keep: float) -> None:
    content = written.read_bytes()
    written.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(EquiscopeError, match="not a heatmap of Equiscope"):
        read_heatmap(written)
