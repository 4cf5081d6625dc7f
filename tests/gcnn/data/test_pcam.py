"""Reading PCam by index, and drawing epochs in which the origin tells nothing of the class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcnn.data.pcam import PcamSplit, balanced_epoch, regime_members
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


def test_smaller_regimes_are_nested_and_keep_the_share_of_every_class_and_origin(folder: Path) -> None:
    labels = np.arange(400, dtype=np.uint8) % 2
    origins = (np.arange(400) % 5 == 0).astype(np.uint8)
    quarter, half, whole = (
        regime_members(labels, origins, share=share, seed=3) for share in (0.25, 0.5, 1.0)
    )
    np.testing.assert_array_equal(whole, np.arange(400))
    assert (len(quarter), len(half)) == (100, 200)
    assert set(quarter) < set(half)
    for kept in (quarter, half):
        assert labels[kept].mean() == 0.5
        assert origins[kept].mean() == 0.2
    assert (half != regime_members(labels, origins, share=0.5, seed=4)).any()


def test_patches_with_a_margin_are_read_whole_or_by_their_centre(tmp_path: Path) -> None:
    folder = write_pcam(tmp_path, patches=8, margin=16)
    split = PcamSplit(folder, "train")
    whole, centre = (split.patches(np.array([3, 1]), margin=margin) for margin in (True, False))
    assert split.margin == 16
    assert whole.shape == (2, 128, 128, 3)
    np.testing.assert_array_equal(centre, whole[:, 16:112, 16:112])
    split.close()


def test_counts_and_balance_are_reported(folder: Path) -> None:
    split = PcamSplit(folder, "train")
    told = split.summary()
    assert told.startswith(f"48 patches, {split.labels.mean():.0%} tumour; origin 0: ")
    split.close()


@pytest.mark.realdata
def test_the_packed_subset_reads(shared_data: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(shared_data / "pcam" / "pcam_subset_test.h5") as packed:
        assert len(packed["label"]) == 1474
