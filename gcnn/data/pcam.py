"""PatchCamelyon in its official HDF5 layout, read by index so that memory stays bounded.

A split is `camelyonpatch_level_2_split_<split>_x.h5` (dataset x, uint8, (N, 96, 96, 3)) beside `..._y.h5` (dataset y,
(N, 1, 1, 1), 1 = tumour in the central 32 x 32 px). An optional `..._origin.npy` (uint8, (N,)) tells patches of
different provenance (compression) apart.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from gcnn.errors import PcamError

SPLITS = ("train", "valid", "test")
PATCH = 96
"""Side of a patch in pixels at 0.972 um/px."""


class PcamSplit:
    """One split of PCam, patches read on demand.

    Attributes:
        labels: (N,) uint8, 1 = tumour.
        margin: pixels that the file's patches have around the 96 x 96 px, on every side; 0 in PCam itself.
        origins: (N,) uint8 provenance of each patch, all 0 where the folder does not tell.
    """

    def __init__(self, folder: Path, split: str) -> None:
        stem = folder / f"camelyonpatch_level_2_split_{split}"
        x_path, y_path = (stem.with_name(f"{stem.name}_{part}.h5") for part in "xy")
        for path in (x_path, y_path):
            if not path.is_file():
                raise PcamError(f"{path} is missing: --data must name a folder in PCam's HDF5 layout")
        try:
            self._file = h5py.File(x_path, "r")
            self._x = self._file["x"]
            with h5py.File(y_path, "r") as labels:
                self.labels: NDArray[np.uint8] = labels["y"][:].reshape(-1).astype(np.uint8)
        except (OSError, KeyError) as error:
            raise PcamError(f"{x_path} or {y_path.name} is not a PCam file: {error}") from error
        side = self._x.shape[1] if self._x.ndim == 4 else 0
        fits = self._x.shape == (len(self.labels), side, side, 3) and side >= PATCH and side % 2 == 0
        if not fits or self._x.dtype != np.uint8:
            raise PcamError(
                f"{x_path} holds {self._x.shape} {self._x.dtype}, not (N, 96, 96, 3) uint8 for N labels"
            )
        self.margin = (side - PATCH) // 2
        origin_path = stem.with_name(f"{stem.name}_origin.npy")
        self.origins: NDArray[np.uint8] = (
            np.load(origin_path, allow_pickle=False)
            if origin_path.is_file()
            else np.zeros(len(self.labels), np.uint8)
        )

    def __len__(self) -> int:
        return len(self.labels)

    def patches(self, indices: NDArray[np.integer], *, margin: bool = False) -> NDArray[np.uint8]:
        """(n, 96, 96, 3) uint8 RGB patches in the order asked for; an index may repeat.

        With `margin` the patches keep the surroundings that the file may hold: side 96 + 2 * self.margin.
        """
        cut = slice(None) if margin else slice(self.margin, self.margin + PATCH)
        # One by one: a list of indices in one selection takes h5py a hundred times as long.
        return np.stack([self._x[index, cut, cut] for index in indices])

    def summary(self) -> str:
        """How many patches and what share of them is tumour, in all and by origin, as a line to read."""
        parts = [f"{len(self):,} patches, {self.labels.mean():.0%} tumour"]
        origins = np.unique(self.origins)
        if len(origins) > 1:
            for origin in origins:
                of_origin = self.labels[self.origins == origin]
                parts.append(f"origin {origin}: {len(of_origin):,}, {of_origin.mean():.0%}")
        return "; ".join(parts)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def regime_members(
    labels: NDArray[np.uint8], origins: NDArray[np.uint8], *, share: float, seed: int
) -> NDArray[np.int64]:
    """Indices, rising, of a smaller training set: the given share of every class of every origin, at least one each.

    A smaller regime of the same seed is part of every larger one.
    """
    kept = []
    for origin, label in product(np.unique(origins), (0, 1)):
        members = np.flatnonzero((labels == label) & (origins == origin))
        order = np.random.default_rng([seed, int(origin), label]).permutation(members)
        kept.append(order[: int(np.ceil(share * len(members)))])
    return np.sort(np.concatenate(kept)).astype(np.int64)


def balanced_epoch(
    labels: NDArray[np.uint8], origins: NDArray[np.uint8], *, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of one epoch in which the origin of a patch carries no information about its class.

    Every origin keeps its share of the patches, and within an origin both classes are drawn equally often, each patch
    at most once more than any other of its group.

    Returns:
        (draws,) int64, shuffled.
    """
    chosen = []
    origin_values, origin_counts = np.unique(origins, return_counts=True)
    for origin, count in zip(origin_values, origin_counts, strict=True):
        classes = np.unique(labels[origins == origin])
        quota = draws * count / len(labels) / len(classes)
        for label in classes:
            members = np.flatnonzero((origins == origin) & (labels == label))
            rounds = int(np.ceil(quota / len(members))) + 1
            order = np.concatenate([rng.permutation(members) for _ in range(rounds)])
            chosen.append(order[: int(np.ceil(quota))])
    return rng.permutation(np.concatenate(chosen))[:draws].astype(np.int64)
