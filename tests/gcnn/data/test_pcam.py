"""Reading PCam by index, and drawing epochs in which the origin tells nothing of the class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcnn.data.pcam import PcamSplit, balanced_epoch
from gcnn.errors import PcamError
from tests.support.patches import write_pcam


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pcam(tmp_path_factory.mktemp("pcam"))


def test_patches_come_in_the_order_asked_for_and_may_repeat(folder: Path) -> None:
    split = PcamSplit(folder, "train")
    all_patches = split.patches(np.arange(len(split)))
    wanted = np.array([5, 0, 5, 17])
    np.testing.assert_array_equal(split.patches(wanted), all_patches[wanted])
    split.close()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PcamError, match=r"train_x\.h5 is missing"):
        PcamSplit(tmp_path, "train")


def test_a_damaged_file_is_named(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:500])
    with pytest.raises(PcamError, match="is not a PCam file"):
        PcamSplit(tmp_path, "valid")


@settings(deadline=None, max_examples=40)
@given(
    groups=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=40, max_size=200),
    seed=st.integers(0, 99),
)
def test_origin_carries_no_information_about_the_class(groups: list[tuple[int, int]], seed: int) -> None:
    groups = groups + [(o, c) for o in (0, 1) for c in (0, 1)]
    origins, labels = (np.array(column, np.uint8) for column in zip(*groups, strict=True))
    chosen = balanced_epoch(labels, origins, draws=4000, rng=np.random.default_rng(seed))
    assert len(chosen) == 4000
    for origin in (0, 1):
        of_origin = chosen[origins[chosen] == origin]
        assert abs(labels[of_origin].mean() - 0.5) < 0.02
        assert abs(len(of_origin) / 4000 - (origins == origin).mean()) < 0.01


def test_an_epoch_is_a_function_of_its_generator() -> None:
    labels, origins = np.arange(50) % 2, np.arange(50) % 5 == 0
    draw = [
        balanced_epoch(
            labels.astype(np.uint8), origins.astype(np.uint8), draws=64, rng=np.random.default_rng(s)
        )
        for s in (1, 1, 2)
    ]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert (draw[0] != draw[2]).any()


@pytest.mark.realdata
def test_the_packed_subset_reads(shared_data: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(shared_data / "pcam" / "pcam_subset_test.h5") as packed:
        assert len(packed["label"]) == 1474
