"""A name for a file's content that does not depend on its path."""

from __future__ import annotations

import hashlib
from pathlib import Path

FINGERPRINT_DIGITS = 32
"""Hex digits of a fingerprint: 128 bits, enough that two slides never share one by chance."""
SAMPLE_BYTES = 2**20
"""Read from the beginning, the middle and the end: a few milliseconds, also from a network drive."""


def file_fingerprint(path: Path) -> str:
    """32 hex digits of BLAKE2b over the size and the first, middle and last megabyte of a file.

    A file of up to three megabytes is covered as a whole. Two files of equal size that differ only between
    the sampled parts share a fingerprint; compressed images that differ anywhere practically always differ in
    length or at the end.
    """
    size = path.stat().st_size
    digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=FINGERPRINT_DIGITS // 2)
    with path.open("rb") as file:
        if size <= 3 * SAMPLE_BYTES:
            digest.update(file.read())
        else:
            for start in (0, (size - SAMPLE_BYTES) // 2, size - SAMPLE_BYTES):
                file.seek(start)
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()
