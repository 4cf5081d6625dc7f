"""Jitter changes colours and nothing else, and is a function of its generator."""

from __future__ import annotations

import numpy as np

from gcnn.data.augment import Jitter, augment

OFF = Jitter(brightness=0, contrast=0, saturation=0, hue=0, stain=0, blur=0, jpeg=0)


def patches() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 96, 96, 3), dtype=np.uint8)


def test_switched_off_it_changes_nothing() -> None:
    x = patches()
    np.testing.assert_array_equal(augment(x, OFF, np.random.default_rng(0)), x)


def test_stain_jitter_returns_to_the_colours_it_came_from() -> None:
    """To stains and back with factor 1 is the identity, to one grey value."""
    x = patches()
    out = augment(x, Jitter(**{**vars(OFF), "stain": 1e-9}), np.random.default_rng(0))
    assert np.abs(out.astype(int) - x).max() <= 1


def test_the_same_generator_gives_the_same_batch_and_leaves_the_source() -> None:
    x = patches()
    before = x.copy()
    a, b = (augment(x, Jitter(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(x, before)
    assert (a != augment(x, Jitter(), np.random.default_rng(4))).any()


def test_white_glass_stays_white_under_stain_jitter() -> None:
    glass = np.full((4, 96, 96, 3), 255, np.uint8)
    out = augment(glass, Jitter(**{**vars(OFF), "stain": 0.3}), np.random.default_rng(1))
    assert out.min() >= 254


def test_turns_are_the_eight_of_the_square() -> None:
    x = patches()[:1]
    seen = {
        augment(x, Jitter(**{**vars(OFF), "turns": True}), np.random.default_rng(seed)).tobytes()
        for seed in range(60)
    }
    assert len(seen) == 8


def test_position_jitter_cuts_near_the_centre() -> None:
    """Each pixel holds its own place, so the cut shows where it was made."""
    y, x = np.mgrid[:128, :128].astype(np.uint8)
    source = np.repeat(np.stack((y, x, x), axis=-1)[None], 50, axis=0)
    corners = {
        tuple(map(int, out[0, 0, :2]))
        for seed in range(4)
        for out in augment(source, Jitter(**{**vars(OFF), "position": 8}), np.random.default_rng(seed))
    }
    offsets = np.array(sorted(corners)) - 16
    assert np.abs(offsets).max() == 8
    assert len(corners) > 100


def test_any_angle_turns_its_share_about_the_middle() -> None:
    """A bar through the middle stays through the middle at every angle, none of more than 45 degrees."""
    bar = np.zeros((1, 96, 96, 3), np.uint8)
    bar[0, 44:52, 8:88] = 255
    x = np.repeat(bar, 200, axis=0)
    out = augment(x, Jitter(**{**vars(OFF), "angles": 0.5}), np.random.default_rng(0))
    turned = [p for p in out if (p != bar[0]).any()]
    assert 70 < len(turned) < 130
    slopes = []
    for p in turned:
        assert p[47:49, 47:49].min() > 250
        row, column = np.argwhere(p[24:72, 24:72, 0] > 128).T
        slopes.append(np.degrees(0.5 * np.arctan2(2 * np.cov(row, column)[0, 1], column.var() - row.var())))
    assert min(slopes) < -30 and max(slopes) > 30
    assert np.abs(slopes).max() < 46
