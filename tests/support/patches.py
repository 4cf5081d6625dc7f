"""A made data set in PCam's layout: patches whose class shows in their colour."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


def write_pcam(folder: Path, *, patches: int = 48, seed: int = 0, margin: int = 0) -> Path:
    """Writes train, valid and test splits; tumour patches are darker. Origin 1 holds more tumour than origin 0."""
    rng, side = np.random.default_rng(seed), 96 + 2 * margin
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "valid", "test"):
        origins = (np.arange(patches) % 3 == 0).astype(np.uint8)
        labels = (rng.random(patches) < np.where(origins, 0.7, 0.4)).astype(np.uint8)
        labels[:4], origins[:4] = (0, 1, 0, 1), (0, 0, 1, 1)
        base = np.where(labels, 110, 190)[:, None, None, None]
        x = np.clip(base + rng.normal(0, 25, (patches, side, side, 3)), 0, 255).astype(np.uint8)
        stem = f"camelyonpatch_level_2_split_{split}"
        with h5py.File(folder / f"{stem}_x.h5", "w") as file:
            file.create_dataset("x", data=x, chunks=(1, side, side, 3))
        with h5py.File(folder / f"{stem}_y.h5", "w") as file:
            file.create_dataset("y", data=labels.reshape(-1, 1, 1, 1))
        np.save(folder / f"{stem}_origin.npy", origins)
    return folder
